import { Failure } from '../../failure.ts'
import type { OnnxGraph, OnnxNode } from './read-onnx.ts'

export type Shapes = ReadonlyMap<string, readonly number[]>

/** How a convolution or pooling window moves along the two axes. */
export type Window = {
  readonly kernel: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly dilations: readonly [number, number]
  /** Top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number]
}

/** @throws Failure MODEL_INVALID for a window whose padding is to be worked out, or is not of two axes */
export function windowOf(node: OnnxNode, kernel: readonly number[]): Window {
  const of = (name: string, otherwise: number[]) => node.ints.get(name) ?? otherwise
  const [down = 0, across = 0, ...more] = kernel
  const [top = 0, left = 0, bottom = 0, right = 0] = of('pads', [0, 0, 0, 0])
  const [strideDown = 1, strideAcross = 1] = of('strides', [1, 1])
  const [dilationDown = 1, dilationAcross = 1] = of('dilations', [1, 1])
  const padding = node.texts.get('auto_pad') ?? 'NOTSET'
  if (more.length > 0 || padding !== 'NOTSET' || of('ceil_mode', [0])[0] === 1)
    throw new Failure('MODEL_INVALID', `${node.opType} ${node.output[0]} has a window that is not understood`)
  return {
    kernel: [down, across],
    strides: [strideDown, strideAcross],
    dilations: [dilationDown, dilationAcross],
    pads: [top, left, bottom, right],
  }
}

/** How many positions the window has on `length` pixels. */
function positions(length: number, { kernel, strides, dilations, pads }: Window, axis: 0 | 1): number {
  const reach = dilations[axis] * (kernel[axis] - 1) + 1
  return Math.floor((length + pads[axis] + pads[axis === 0 ? 2 : 3] - reach) / strides[axis]) + 1
}

type Context = { readonly graph: OnnxGraph; shapeOf(name: string): readonly number[] }
type Rule = (node: OnnxNode, context: Context) => readonly number[]

const first = ({ input }: OnnxNode) => input[0] ?? ''
const kept: Rule = (node, { shapeOf }) => shapeOf(first(node))

const moved = (kernelOf: (node: OnnxNode, context: Context) => readonly number[], channelsOf?: Rule): Rule => {
  return (node, context) => {
    const [batch = 1, channels = 0, rows = 0, columns = 0] = context.shapeOf(first(node))
    const window = windowOf(node, kernelOf(node, context))
    const [made = channels] = channelsOf?.(node, context) ?? []
    return [batch, made, positions(rows, window, 0), positions(columns, window, 1)]
  }
}
const weightShape: Rule = ({ input }, { graph }) => graph.initializers.get(input[1] ?? '')?.shape ?? []
const ownKernel = (node: OnnxNode) => node.ints.get('kernel_shape') ?? []

/** The broadcast of two shapes of which one may be longer. */
function broadcast(node: OnnxNode, { shapeOf }: Context): readonly number[] {
  const [a, b] = [shapeOf(first(node)), shapeOf(node.input[1] ?? '')]
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => Math.max(a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1))
}

const flattened: Rule = (node, { shapeOf }) => {
  const [batch = 1, ...rest] = shapeOf(first(node))
  return [batch, rest.reduce((product, each) => product * each, 1)]
}

const pooled: Rule = (node, { shapeOf }) => {
  const [batch = 1, channels = 0] = shapeOf(first(node))
  return node.opType === 'ReduceMean' && node.ints.get('keepdims')?.[0] === 0
    ? [batch, channels]
    : [batch, channels, 1, 1]
}

/** What exporters write before a pooling: a padding of nothing. */
const unpadded: Rule = (node, context) => {
  const pads = constantsOf(context.graph).get(node.input[1] ?? '')?.data ?? node.ints.get('pads')
  if (pads && [...pads].every((each) => each === 0)) return kept(node, context)
  throw new Failure('MODEL_INVALID', `Pad ${node.output[0]} pads, which is not understood`)
}

const RULES: Readonly<Record<string, Rule>> = {
  Conv: moved((node, context) => weightShape(node, context).slice(2), weightShape),
  ...{ MaxPool: moved(ownKernel), AveragePool: moved(ownKernel), GlobalAveragePool: pooled, ReduceMean: pooled },
  ...{
    BatchNormalization: kept,
    Relu: kept,
    Identity: kept,
    Dropout: kept,
    Softmax: kept,
    Sigmoid: kept,
    Pad: unpadded,
  },
  ...{ Add: broadcast, Sub: broadcast, Mul: broadcast, Div: broadcast, Flatten: flattened, Reshape: flattened },
  Concat(node, { shapeOf }) {
    const [[batch = 1, , ...rest] = []] = node.input.map(shapeOf)
    return [batch, node.input.reduce((sum, name) => sum + (shapeOf(name)[1] ?? 0), 0), ...rest]
  },
  Gemm(node, context) {
    const [rows = 0, columns = 0] = weightShape(node, context)
    return [1, node.ints.get('transB')?.[0] === 1 ? rows : columns]
  },
  MatMul: (node, context) => [1, weightShape(node, context)[1] ?? 0],
}

/**
 * The shape of everything that `nodes` make of one image.
 * @throws Failure MODEL_INVALID naming what is not understood
 */
export function inferShapes(
  graph: OnnxGraph,
  nodes: readonly OnnxNode[],
  input: { readonly name: string; readonly shape: readonly number[] },
): Shapes {
  const shapes = new Map<string, readonly number[]>([[input.name, input.shape]])
  for (const [name, { shape }] of constantsOf(graph)) shapes.set(name, shape)
  const shapeOf = (name: string) => shapes.get(name) ?? []
  for (const node of nodes) {
    const rule = Object.hasOwn(RULES, node.opType) ? RULES[node.opType] : undefined
    if (!rule) throw new Failure('MODEL_INVALID', `the operation ${node.opType} is not known`)
    shapes.set(node.output[0] ?? '', rule(node, { graph, shapeOf }))
  }
  return shapes
}

/** Initializers, and what nodes of the type Constant hold. */
export function constantsOf({ nodes, initializers }: OnnxGraph) {
  const held = nodes.flatMap(({ opType, output, tensors }) => {
    const value = opType === 'Constant' ? tensors.get('value') : undefined
    return value ? ([[output[0] ?? '', value]] as const) : []
  })
  return new Map([...initializers, ...held])
}
