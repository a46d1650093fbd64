import protobuf from 'protobufjs'

type Field = { readonly id: number; readonly type: string; readonly rule?: 'repeated' }
const one = (id: number, type: string): Field => ({ id, type })
const many = (id: number, type: string): Field => ({ id, type, rule: 'repeated' })
const message = (fields: Record<string, Field>) => ({ fields })

/** The part of onnx.proto (ONNX, Apache-2.0) that a network with weights needs, ours or another's; IR version 8. */
const root = protobuf.Root.fromJSON({
  nested: {
    OperatorSetId: message({ domain: one(1, 'string'), version: one(2, 'int64') }),
    Attribute: message({
      name: one(1, 'string'),
      f: one(2, 'float'),
      i: one(3, 'int64'),
      s: one(4, 'bytes'),
      t: one(5, 'Tensor'),
      floats: many(7, 'float'),
      ints: many(8, 'int64'),
      strings: many(9, 'bytes'),
      type: one(20, 'int32'),
    }),
    Node: message({
      input: many(1, 'string'),
      output: many(2, 'string'),
      name: one(3, 'string'),
      opType: one(4, 'string'),
      attribute: many(5, 'Attribute'),
      domain: one(7, 'string'),
    }),
    Tensor: message({
      dims: many(1, 'int64'),
      dataType: one(2, 'int32'),
      floatData: many(4, 'float'),
      int32Data: many(5, 'int32'),
      int64Data: many(7, 'int64'),
      name: one(8, 'string'),
      rawData: one(9, 'bytes'),
      dataLocation: one(14, 'int32'),
    }),
    Dimension: message({ dimValue: one(1, 'int64'), dimParam: one(2, 'string') }),
    Shape: message({ dim: many(1, 'Dimension') }),
    TensorType: message({ elemType: one(1, 'int32'), shape: one(2, 'Shape') }),
    Type: message({ tensorType: one(1, 'TensorType') }),
    ValueInfo: message({ name: one(1, 'string'), type: one(2, 'Type') }),
    Graph: message({
      node: many(1, 'Node'),
      name: one(2, 'string'),
      initializer: many(5, 'Tensor'),
      input: many(11, 'ValueInfo'),
      output: many(12, 'ValueInfo'),
    }),
    Model: message({
      irVersion: one(1, 'int64'),
      producerName: one(2, 'string'),
      producerVersion: one(3, 'string'),
      graph: one(7, 'Graph'),
      opsetImport: many(8, 'OperatorSetId'),
    }),
  },
})

/** ONNX ModelProto. */
export const OnnxModel = root.lookupType('Model')

/** TensorProto.DataType. */
export const DataType = { float: 1, int64: 7 } as const
/** AttributeProto.AttributeType. */
export const AttributeType = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const
