import type { Tensor } from '../torch/tensor.ts'
import { AttributeType, DataType, OnnxModel } from './onnx-schema.ts'

const OPSET = 17
const IR_VERSION = 8

type Attribute = number | string | readonly number[] | { readonly float: number }
type Attributes = Readonly<Record<string, Attribute>>
type Node = { readonly input: readonly string[]; readonly output: readonly string[]; readonly [more: string]: unknown }
type Convolution = { readonly stride?: number; readonly groups?: number }
/** `shape` as ONNX has it: a number, or a name for what may vary. */
type Port = { readonly name: string; readonly shape: readonly (number | string)[] }

function attribute(name: string, value: Attribute) {
  if (typeof value === 'number') return { name, i: value, type: AttributeType.int }
  if (typeof value === 'string') return { name, s: new TextEncoder().encode(value), type: AttributeType.string }
  return 'float' in value
    ? { name, f: value.float, type: AttributeType.float }
    : { name, ints: [...value], type: AttributeType.ints }
}

const rawBytes = ({ buffer, byteOffset, byteLength }: Float32Array) => new Uint8Array(buffer, byteOffset, byteLength)

const valueInfo = ({ name, shape }: Port) => ({
  name,
  type: {
    tensorType: {
      elemType: DataType.float,
      shape: { dim: shape.map((each) => (typeof each === 'number' ? { dimValue: each } : { dimParam: each })) },
    },
  },
})

/** An ONNX graph under construction: each method adds one node and returns the name of its output. */
export class Graph {
  #nodes: Node[] = []
  readonly #initializers: object[] = []

  /** Weights that nodes may name as input. */
  constant(name: string, { shape, data }: Tensor): string {
    this.#initializers.push({ name, dims: [...shape], dataType: DataType.float, rawData: rawBytes(data) })
    return name
  }

  /** Whole numbers that nodes may name as input: a shape, sizes. */
  wholeNumbers(name: string, values: readonly number[]): string {
    this.#initializers.push({ name, dims: [values.length], dataType: DataType.int64, int64Data: [...values] })
    return name
  }

  /** Nodes of another graph, as they stand there. */
  copy(nodes: readonly Node[]): void {
    this.#nodes.push(...nodes)
  }

  /** Leaves out every node that `outputs` can do without, and takes from the other graph's weights those they need. */
  keepNeeded(outputs: readonly string[], weights: ReadonlyMap<string, { readonly stored: object }>): void {
    const needed = new Set(outputs)
    this.#nodes = this.#nodes
      .toReversed()
      .filter(({ input, output }) => {
        const wanted = output.some((name) => needed.has(name))
        if (wanted) for (const name of input) needed.add(name)
        return wanted
      })
      .toReversed()
    for (const [name, { stored }] of weights) if (needed.has(name)) this.#initializers.push(stored)
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
