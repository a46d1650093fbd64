import type { Tensor } from '../torch/tensor.ts'
import { OnnxModel } from './onnx-schema.ts'

const OPSET = 17
const IR_VERSION = 8
/** TensorProto.DataType and AttributeProto.AttributeType. */
const FLOAT = 1
const ATTRIBUTE = { float: 1, int: 2, ints: 7 }

type Attribute = number | readonly number[] | { readonly float: number }
type Attributes = Readonly<Record<string, Attribute>>
type Convolution = { readonly stride?: number; readonly groups?: number }
/** `shape` as ONNX has it: a number, or a name for what may vary. */
type Port = { readonly name: string; readonly shape: readonly (number | string)[] }

function attribute(name: string, value: Attribute) {
  if (typeof value === 'number') return { name, i: value, type: ATTRIBUTE.int }
  return 'float' in value
    ? { name, f: value.float, type: ATTRIBUTE.float }
    : { name, ints: [...value], type: ATTRIBUTE.ints }
}

const rawBytes = ({ buffer, byteOffset, byteLength }: Float32Array) => new Uint8Array(buffer, byteOffset, byteLength)

const valueInfo = ({ name, shape }: Port) => ({
  name,
  type: {
    tensorType: {
      elemType: FLOAT,
      shape: { dim: shape.map((each) => (typeof each === 'number' ? { dimValue: each } : { dimParam: each })) },
    },
  },
})

/** An ONNX graph under construction: each method adds one node and returns the name of its output. */
export class Graph {
  readonly #nodes: object[] = []
  readonly #initializers: object[] = []

  /** Weights that nodes may name as input. */
  constant(name: string, { shape, data }: Tensor): string {
    this.#initializers.push({ name, dims: [...shape], dataType: FLOAT, rawData: rawBytes(data) })
    return name
  }

  node(opType: string, output: string, input: readonly string[], attributes: Attributes = {}): string {
    this.#nodes.push({
      ...{ opType, name: output, input: [...input], output: [output] },
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    })
    return output
  }

  /** Padded so that an odd kernel keeps the size, before the stride. */
  convolution(
    name: string,
    input: string,
    weight: Tensor,
    bias: Tensor | undefined,
    options: Convolution = {},
  ): string {
    const [height = 1, width = 1] = weight.shape.slice(2)
    const [down, across] = [height >> 1, width >> 1]
    const { stride = 1, groups = 1 } = options
    const inputs = [input, this.constant(`${name}.weight`, weight)]
    if (bias) inputs.push(this.constant(`${name}.bias`, bias))
    return this.node('Conv', name, inputs, {
      kernel_shape: [height, width],
      pads: [down, across, down, across],
      strides: [stride, stride],
      group: groups,
    })
  }

  relu = (name: string, input: string): string => this.node('Relu', name, [input])

  /** 3 × 3, stride 2: what both families begin with. */
  maximumPool = (name: string, input: string): string =>
    this.node('MaxPool', name, [input], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] })

  /** Mean over the feature map, then one linear layer. */
  classify(name: string, features: string, weight: Tensor, bias: Tensor): string {
    const pooled = this.node('GlobalAveragePool', `${name}.pooled`, [features])
    const flat = this.node('Flatten', `${name}.flat`, [pooled], { axis: 1 })
    const inputs = [flat, this.constant('classifier.weight', weight), this.constant('classifier.bias', bias)]
    return this.node('Gemm', name, inputs, { transB: 1 })
  }

  /** The model as ONNX bytes. */
  encode(name: string, inputs: readonly Port[], outputs: readonly Port[]): Uint8Array {
    const graph = {
      ...{ name, node: this.#nodes, initializer: this.#initializers },
      ...{ input: inputs.map(valueInfo), output: outputs.map(valueInfo) },
    }
    const opsetImport = [{ domain: '', version: OPSET }]
    return OnnxModel.encode({ irVersion: IR_VERSION, producerName: 'mcads-node', graph, opsetImport }).finish()
  }
}
