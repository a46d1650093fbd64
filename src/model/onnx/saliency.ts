import { Failure } from '../../failure.ts'
import { Graph } from './graph.ts'
import { GUIDED_RULES, placesOf } from './guided-rules.ts'
import { type OnnxGraph, type OnnxNode, readOnnx } from './read-onnx.ts'
import { constantsOf, inferShapes } from './shapes.ts'

/** The further ports of the graph: a row for each label wanted (1 at it, else 0), and labels × channels × size × size. */
export const SALIENCY_PORTS = { labels: 'labels.wanted', gradient: 'image.gradient' } as const

export type SaliencyOptions = {
  /** The network's input and the output whose gradient is wanted. */
  readonly input: string
  readonly scores: string
  /** 1 × channels × rows × columns. */
  readonly shape: readonly number[]
}

/** A raw output with its sigmoid or softmax behind it: the gradient is that of what goes in. */
const ACTIVATIONS: readonly string[] = ['Softmax', 'Sigmoid']

/** The nodes that lie between the image and the scores, in the order in which they run. */
function pathOf(
  { nodes }: OnnxGraph,
  { input, scores }: SaliencyOptions,
): { path: OnnxNode[]; dependent: Set<string> } {
  const dependent = new Set([input])
  const after = nodes.filter((node) => {
    const depends = node.input.some((name) => dependent.has(name))
    if (depends) for (const name of node.output) dependent.add(name)
    return depends
  })
  if (!dependent.has(scores)) throw new Failure('MODEL_INVALID', `${scores} does not depend on ${input}`)
  const needed = new Set([scores])
  const path = after.reverse().filter((node) => {
    const wanted = node.output.some((name) => needed.has(name))
    if (wanted) for (const name of node.input) needed.add(name)
    return wanted
  })
  return { path: path.reverse(), dependent }
}

/** Where several gradients meet they add up. */
function collected(graph: Graph) {
  const gradients = new Map<string, string>()
  let sums = 0
  return {
    of: (name: string) => gradients.get(name),
    add(name: string, gradient: string): void {
      const before = gradients.get(name)
      sums += 1
      gradients.set(name, before ? graph.node('Add', `sum${sums}.back`, [before, gradient]) : gradient)
    },
  }
}

/** A network's node as it is, a MaxPool with its places too. */
function forwardNode({ opType, input, output, stored }: OnnxNode) {
  const [name = ''] = output
  return { ...stored, input, output: opType === 'MaxPool' ? [name, placesOf(name)] : output }
}

/**
 * Guided back-propagation (Springenberg 2014) through a network as a network of its own, that runs forwards: from a label's raw
 * output to the image. ONNX bytes.
 * @throws Failure MODEL_INVALID naming what in the network is not understood
 */
export function buildSaliency(onnx: Uint8Array, options: SaliencyOptions): Uint8Array {
  const network = readOnnx(onnx)
  const { path, dependent } = pathOf(network, options)
  const shapes = inferShapes(network, path, { name: options.input, shape: options.shape })
  const constants = constantsOf(network)
  const graph = new Graph()
  const plain = network.nodes.filter(({ opType }) => opType === 'Constant')
  graph.copy([...plain, ...path.filter(({ opType }) => !ACTIVATIONS.includes(opType))].map(forwardNode))
  const labels = graph.node('Shape', 'labels.count', [SALIENCY_PORTS.labels], { start: 0, end: 1 })
  const gradients = collected(graph)
  gradients.add(options.scores, SALIENCY_PORTS.labels)
  for (const node of path.toReversed()) {
    const gradient = gradients.of(node.output[0] ?? '')
    const rule = Object.hasOwn(GUIDED_RULES, node.opType) ? GUIDED_RULES[node.opType] : undefined
    if (!rule || !gradient) continue
    const backward = {
      graph,
      node,
      gradient,
      shapes,
      constants,
      labels,
      depends: (name: string) => dependent.has(name),
    }
    for (const [name, back] of rule(backward)) if (dependent.has(name)) gradients.add(name, back)
  }
  graph.node('Identity', SALIENCY_PORTS.gradient, [gradients.of(options.input) ?? ''])
  return encode(graph, network, options, shapes.get(options.scores)?.[1] ?? 0)
}

function encode(graph: Graph, { initializers }: OnnxGraph, { input, shape }: SaliencyOptions, outputs: number) {
  graph.keepNeeded([SALIENCY_PORTS.gradient], initializers)
  const [, ...size] = shape
  return graph.encode(
    'guided-back-propagation',
    [
      { name: input, shape: [1, ...size] },
      { name: SALIENCY_PORTS.labels, shape: ['labels', outputs] },
    ],
    [{ name: SALIENCY_PORTS.gradient, shape: ['labels', ...size] }],
  )
}
