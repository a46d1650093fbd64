import { Failure } from '../../failure.ts'
import { DataType, OnnxModel } from './onnx-schema.ts'

/** A tensor as it is stored; `data` when it is of float32 or int64 numbers. */
export type StoredTensor = {
  readonly name: string
  readonly shape: readonly number[]
  readonly data: Float32Array | readonly number[] | undefined
  /** As decoded, to be written again as it is. */
  readonly stored: object
}

export type OnnxNode = {
  readonly opType: string
  readonly name: string
  readonly input: readonly string[]
  readonly output: readonly string[]
  readonly ints: ReadonlyMap<string, readonly number[]>
  readonly floats: ReadonlyMap<string, number>
  readonly texts: ReadonlyMap<string, string>
  readonly tensors: ReadonlyMap<string, StoredTensor>
  readonly stored: Readonly<Record<string, unknown>>
}

/** A network as others write it: nodes in the order in which they run. */
export type OnnxGraph = {
  readonly nodes: readonly OnnxNode[]
  readonly initializers: ReadonlyMap<string, StoredTensor>
}

type RawTensor = {
  name?: string
  dims?: number[]
  dataType?: number
  rawData?: Uint8Array
  floatData?: number[]
  int64Data?: number[]
}
type RawAttribute = { name: string; f?: number; i?: number; ints?: number[]; s?: Uint8Array; t?: RawTensor }
type RawNode = { opType?: string; name?: string; input?: string[]; output?: string[]; attribute?: RawAttribute[] }
type RawModel = { graph?: { node?: RawNode[]; initializer?: RawTensor[] } }

function floatsOf({ rawData, floatData }: RawTensor): Float32Array {
  if (!rawData?.length) return Float32Array.from(floatData ?? [])
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength)
  return Float32Array.from({ length: rawData.length / 4 }, (_, i) => view.getFloat32(4 * i, true))
}

function wholeNumbersOf({ rawData, int64Data }: RawTensor): number[] {
  if (!rawData?.length) return int64Data ?? []
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength)
  return Array.from({ length: rawData.length / 8 }, (_, i) => Number(view.getBigInt64(8 * i, true)))
}

/** The numbers are read when they are asked for: most of a network's never are. */
function storedTensor(raw: RawTensor): StoredTensor {
  return {
    name: raw.name ?? '',
    shape: raw.dims ?? [],
    get data() {
      if (raw.dataType === DataType.float) return floatsOf(raw)
      return raw.dataType === DataType.int64 ? wholeNumbersOf(raw) : undefined
    },
    stored: raw,
  }
}

function onnxNode(raw: RawNode): OnnxNode {
  const attributes = raw.attribute ?? []
  const pick = <T>(read: (attribute: RawAttribute) => T | undefined) =>
    new Map(
      attributes.flatMap((each): [string, T][] => {
        const value = read(each)
        return value === undefined ? [] : [[each.name, value]]
      }),
    )
  return {
    ...{ opType: raw.opType ?? '', name: raw.name ?? '', input: raw.input ?? [], output: raw.output ?? [] },
    ints: pick(({ i, ints }) => (ints?.length ? ints : i === undefined ? undefined : [i])),
    floats: pick(({ f }) => f),
    texts: pick(({ s }) => s && new TextDecoder().decode(s)),
    tensors: pick(({ t }) => t && storedTensor(t)),
    stored: raw,
  }
}

/** @throws Failure MODEL_INVALID when it is not ONNX */
export function readOnnx(bytes: Uint8Array): OnnxGraph {
  const { graph } = decode(bytes)
  if (!graph?.node?.length) throw new Failure('MODEL_INVALID', 'the file holds no ONNX network')
  return {
    nodes: graph.node.map(onnxNode),
    initializers: new Map((graph.initializer ?? []).map((raw) => [raw.name ?? '', storedTensor(raw)])),
  }
}

function decode(bytes: Uint8Array): RawModel {
  try {
    return OnnxModel.toObject(OnnxModel.decode(bytes), { longs: Number }) as RawModel
  } catch (cause) {
    throw new Failure('MODEL_INVALID', 'the file is not ONNX', { cause })
  }
}
