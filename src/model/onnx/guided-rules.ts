import { Failure } from '../../failure.ts'
import type { Graph } from './graph.ts'
import type { OnnxNode, StoredTensor } from './read-onnx.ts'
import { type Shapes, type Window, windowOf } from './shapes.ts'

/** One node of the network, and the gradient of what it makes: labels × its shape. */
type Backward = {
  readonly graph: Graph
  readonly node: OnnxNode
  /** The gradient's name. */
  readonly gradient: string
  readonly shapes: Shapes
  readonly constants: ReadonlyMap<string, StoredTensor>
  /** Number of labels, as the name of a tensor of one whole number. */
  readonly labels: string
  /** Whether what this is depends on the image. */
  depends(name: string): boolean
}

/** The gradients of a node's inputs, by the input's name. */
type Gradients = readonly (readonly [input: string, gradient: string])[]
type Rule = (backward: Backward) => Gradients

const out = ({ node }: Backward) => node.output[0] ?? ''
const into = ({ node }: Backward) => node.input[0] ?? ''
const shapeOf = ({ shapes }: Backward, name: string) => shapes.get(name) ?? []

function numbersOf({ constants }: Backward, name: string | undefined): Float32Array {
  const data = constants.get(name ?? '')?.data
  if (data instanceof Float32Array) return data
  throw new Failure('MODEL_INVALID', `${name} is not a constant of float32 numbers`)
}

const passed: Rule = (backward) => [[into(backward), backward.gradient]]

/** Guided (Springenberg 2014): what is negative goes no further back, nor what the ReLU held up on the way there. */
const relu: Rule = (backward) => {
  const { graph, gradient } = backward
  const name = out(backward)
  const positive = graph.relu(`${name}.guided`, gradient)
  return [[into(backward), graph.node('Mul', `${name}.back`, [positive, graph.node('Sign', `${name}.on`, [name])])]]
}

/** Rows and columns that the window did not reach, which a transposed window has to add. */
function remainder(length: number, made: number, { kernel, strides, dilations, pads }: Window, axis: 0 | 1): number {
  const reached = (made - 1) * strides[axis] + dilations[axis] * (kernel[axis] - 1) + 1
  return length + pads[axis] + pads[axis === 0 ? 2 : 3] - reached
}

function transposed(backward: Backward, weight: string, window: Window, groups: number): Gradients {
  const [[, , rows = 0, columns = 0], [, , madeRows = 0, madeColumns = 0]] = [
    shapeOf(backward, into(backward)),
    shapeOf(backward, out(backward)),
  ]
  const gradient = backward.graph.node('ConvTranspose', `${out(backward)}.back`, [backward.gradient, weight], {
    kernel_shape: window.kernel,
    strides: window.strides,
    dilations: window.dilations,
    pads: window.pads,
    group: groups,
    output_padding: [remainder(rows, madeRows, window, 0), remainder(columns, madeColumns, window, 1)],
  })
  return [[into(backward), gradient]]
}

const convolution: Rule = (backward) => {
  const { node, constants } = backward
  const weight = node.input[1] ?? ''
  const window = windowOf(node, constants.get(weight)?.shape.slice(2) ?? [])
  return transposed(backward, weight, window, node.ints.get('group')?.[0] ?? 1)
}

const averagePool: Rule = (backward) => {
  const { node, graph } = backward
  const window = windowOf(node, node.ints.get('kernel_shape') ?? [])
  if (window.pads.some((pad) => pad > 0) && node.ints.get('count_include_pad')?.[0] !== 1)
    throw new Failure('MODEL_INVALID', `AveragePool ${out(backward)} leaves its padding out, which is not understood`)
  const [, channels = 0] = shapeOf(backward, into(backward))
  const [rows, columns] = window.kernel
  const data = new Float32Array(channels * rows * columns).fill(1 / (rows * columns))
  const weight = graph.constant(`${out(backward)}.mean`, { shape: [channels, 1, rows, columns], data })
  return transposed(backward, weight, window, channels)
}

/** Each gradient goes where its maximum was found; where windows overlap they add up. */
const maximumPool: Rule = (backward) => {
  const { graph, labels, gradient } = backward
  const name = out(backward)
  const count = (shape: readonly number[]) => shape.reduce((product, each) => product * each, 1)
  const input = shapeOf(backward, into(backward))
  const made = count(shapeOf(backward, name))
  const sizes = (of: string, values: number[]) => graph.wholeNumbers(`${name}.${of}`, values)
  const sizeOf = (of: string, values: number[]) =>
    graph.node('Concat', `${name}.${of}.size`, [labels, sizes(of, values)], { axis: 0 })
  const zeros = graph.node('ConstantOfShape', `${name}.zeros`, [sizeOf('filled', [count(input)])])
  const flat = graph.node('Reshape', `${name}.flat`, [gradient, sizes('row', [-1, made])])
  const one = graph.node('Reshape', `${name}.places.one`, [placesOf(name), sizes('places.row', [1, made])])
  const places = graph.node('Expand', `${name}.places.all`, [one, sizeOf('places.made', [made])])
  const scattered = graph.node('ScatterElements', `${name}.scattered`, [zeros, places, flat], {
    axis: 1,
    reduction: 'add',
  })
  const shape = sizes('shape', [-1, ...input.slice(1)])
  return [[into(backward), graph.node('Reshape', `${name}.back`, [scattered, shape])]]
}

/** The name of a MaxPool's second output, which says where each maximum was found. */
export const placesOf = (output: string): string => `${output}.places`

const batchNorm: Rule = (backward) => {
  const { node, graph, gradient } = backward
  const [, weight, , , variance] = node.input
  const [scales, spreads] = [numbersOf(backward, weight), numbersOf(backward, variance)]
  const epsilon = node.floats.get('epsilon') ?? 1e-5
  const data = scales.map((scale, i) => scale / Math.sqrt((spreads[i] ?? 0) + epsilon))
  const scale = graph.constant(`${out(backward)}.scale`, { shape: [data.length, 1, 1], data })
  return [[into(backward), graph.node('Mul', `${out(backward)}.back`, [gradient, scale])]]
}

const globalMean: Rule = (backward) => {
  const { node, graph, gradient } = backward
  const name = out(backward)
  const [, channels = 0, rows = 0, columns = 0] = shapeOf(backward, into(backward))
  const axes = node.ints.get('axes') ?? constantAxes(backward)
  if (node.opType === 'ReduceMean' && !['2,3', '-2,-1', '-1,-2', '3,2'].includes(axes.join(',')))
    throw new Failure('MODEL_INVALID', `ReduceMean ${name} is not over rows and columns`)
  const area = graph.constant(`${name}.area`, { shape: [1], data: Float32Array.of(1 / (rows * columns)) })
  const share = graph.node('Mul', `${name}.share`, [gradient, area])
  const square = graph.node('Reshape', `${name}.square`, [
    share,
    graph.wholeNumbers(`${name}.one`, [-1, channels, 1, 1]),
  ])
  const shape = graph.wholeNumbers(`${name}.all`, [1, channels, rows, columns])
  return [[into(backward), graph.node('Expand', `${name}.back`, [square, shape])]]
}

const constantAxes = ({ node, constants }: Backward): readonly number[] =>
  Array.from(constants.get(node.input[1] ?? '')?.data ?? [])

const flatten: Rule = (backward) => {
  const { graph, gradient } = backward
  const shape = [-1, ...shapeOf(backward, into(backward)).slice(1)]
  const name = `${out(backward)}.back`
  return [
    [into(backward), graph.node('Reshape', name, [gradient, graph.wholeNumbers(`${out(backward)}.shape`, shape)])],
  ]
}

const concatenation: Rule = (backward) => {
  const { node, graph, gradient } = backward
  const name = out(backward)
  if (node.ints.get('axis')?.[0] !== 1) throw new Failure('MODEL_INVALID', `Concat ${name} is not of channels`)
  const channels = node.input.map((input) => shapeOf(backward, input)[1] ?? 0)
  const axes = graph.wholeNumbers(`${name}.axis`, [1])
  let from = 0
  return node.input.map((input, i) => {
    const to = from + (channels[i] ?? 0)
    const bounds = [graph.wholeNumbers(`${name}.from${i}`, [from]), graph.wholeNumbers(`${name}.to${i}`, [to])]
    from = to
    return [input, graph.node('Slice', `${name}.back${i}`, [gradient, ...bounds, axes])]
  })
}

const linear: Rule = (backward) => {
  const { node, graph, gradient } = backward
  const flipped = node.ints.get('transB')?.[0] === 1 ? 0 : 1
  if (node.ints.get('transA')?.[0] === 1 || (node.floats.get('alpha') ?? 1) !== 1)
    throw new Failure('MODEL_INVALID', `Gemm ${out(backward)} is not a plain linear layer`)
  const gemm = graph.node('Gemm', `${out(backward)}.back`, [gradient, node.input[1] ?? ''], { transB: flipped })
  return [[into(backward), gemm]]
}

/** To each of the two that depends on the image; both of the same shape, or the other a constant. */
const sum: Rule = (backward) => {
  const { node, graph, gradient, depends } = backward
  const [a = '', b = ''] = node.input
  if (depends(a) && depends(b)) {
    if (shapeOf(backward, a).join() !== shapeOf(backward, b).join())
      throw new Failure('MODEL_INVALID', `${node.opType} ${out(backward)} adds what differs in shape`)
    const negative = () => graph.node('Neg', `${out(backward)}.back`, [gradient])
    return [[a, gradient] as const, [b, node.opType === 'Sub' ? negative() : gradient] as const]
  }
  if (depends(a)) return [[a, gradient]]
  return [[b, node.opType === 'Sub' ? graph.node('Neg', `${out(backward)}.back`, [gradient]) : gradient]]
}

/** By a constant only. */
const scaled: Rule = (backward) => {
  const { node, graph, gradient, depends } = backward
  const [a = '', b = ''] = node.input
  if ((depends(a) && depends(b)) || (depends(b) && node.opType === 'Div'))
    throw new Failure('MODEL_INVALID', `${node.opType} ${out(backward)} is not by a constant`)
  const [image, factor] = depends(a) ? [a, b] : [b, a]
  return [[image, graph.node(node.opType, `${out(backward)}.back`, [gradient, factor])]]
}

/** How a gradient goes back through each kind of node. */
export const GUIDED_RULES: Readonly<Record<string, Rule>> = {
  ...{ Conv: convolution, Relu: relu, BatchNormalization: batchNorm, MaxPool: maximumPool, AveragePool: averagePool },
  ...{ GlobalAveragePool: globalMean, ReduceMean: globalMean, Concat: concatenation, Gemm: linear, MatMul: linear },
  ...{ Flatten: flatten, Reshape: flatten, Add: sum, Sub: sum, Mul: scaled, Div: scaled },
  ...{ Identity: passed, Dropout: passed, Pad: passed, Softmax: passed, Sigmoid: passed },
}
