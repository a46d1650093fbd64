import { Graph } from './graph.ts'
import { type BatchNorm, folded, type Layers } from './layers.ts'
import { type Network, PORTS } from './network.ts'

type Flow = { readonly graph: Graph; readonly layers: Layers; name: string; channels: number }

/** A normalisation that follows a concatenation, and that a ReLU follows, has no convolution to be folded into. */
function normalise(graph: Graph, output: string, input: string, name: string, norm: BatchNorm): string {
  const { weight, bias, mean, variance, epsilon } = norm
  const parts = Object.entries({ weight, bias, mean, variance })
  const constants = parts.map(([part, tensor]) => graph.constant(`${name}.${part}`, tensor))
  return graph.node('BatchNormalization', output, [input, ...constants], { epsilon: { float: epsilon } })
}

/** BN, ReLU, 1 × 1, BN, ReLU, 3 × 3; what it makes is added to what came in. */
function denseLayer(flow: Flow, prefix: string): void {
  const { graph, layers, name: input, channels } = flow
  const first = normalise(
    graph,
    `${prefix}.norm1`,
    input,
    `${prefix}.norm1`,
    layers.batchNorm(`${prefix}.norm1`, channels),
  )
  const weight = layers.convolution(`${prefix}.conv1`, channels)
  const width = weight.shape[0] ?? 0
  const narrow = folded(weight, layers.batchNorm(`${prefix}.norm2`, width))
  const middle = graph.convolution(`${prefix}.conv1`, graph.relu(`${prefix}.relu1`, first), narrow.weight, narrow.bias)
  const growth = layers.convolution(`${prefix}.conv2`, width)
  const made = graph.convolution(`${prefix}.conv2`, graph.relu(`${prefix}.relu2`, middle), growth, undefined)
  flow.name = graph.node('Concat', `${prefix}.output`, [input, made], { axis: 1 })
  flow.channels += growth.shape[0] ?? 0
}

function transition(flow: Flow, prefix: string): void {
  const { graph, layers } = flow
  const norm = layers.batchNorm(`${prefix}.norm`, flow.channels)
  const active = graph.relu(`${prefix}.relu`, normalise(graph, `${prefix}.norm`, flow.name, `${prefix}.norm`, norm))
  const weight = layers.convolution(`${prefix}.conv`, flow.channels)
  const less = graph.convolution(`${prefix}.conv`, active, weight, undefined)
  flow.name = graph.node('AveragePool', `${prefix}.pool`, [less], { kernel_shape: [2, 2], strides: [2, 2] })
  flow.channels = weight.shape[0] ?? 0
}

function stem(graph: Graph, layers: Layers, inputChannels: number): Flow {
  const weight = layers.convolution('features.conv0', inputChannels)
  const channels = weight.shape[0] ?? 0
  const first = folded(weight, layers.batchNorm('features.norm0', channels))
  const made = graph.convolution('features.conv0', PORTS.input, first.weight, first.bias, { stride: 2 })
  const name = graph.maximumPool('features.pool0', graph.relu('features.relu0', made))
  return { graph, layers, name, channels }
}

/**
 * DenseNet (Huang 2017) with torchvision's names. `features` is the output of `norm5` before its ReLU: Grad-CAM needs its
 * negatives.
 */
export function buildDenseNet(layers: Layers): Network {
  const graph = new Graph()
  const inputChannels = layers.take('features.conv0.weight', 4).shape[1] ?? 0
  const flow = stem(graph, layers, inputChannels)
  const blocks: number[] = []
  const count = layers.count('features.denseblock', '.denselayer1.conv1.weight', 1)
  for (let block = 1; block <= count; block++) {
    const prefix = `features.denseblock${block}.denselayer`
    blocks.push(layers.count(prefix, '.conv1.weight', 1))
    for (let layer = 1; layer <= (blocks.at(-1) ?? 0); layer++) denseLayer(flow, `${prefix}${layer}`)
    if (block < count) transition(flow, `features.transition${block}`)
  }
  const norm = layers.batchNorm('features.norm5', flow.channels)
  const features = normalise(graph, PORTS.features, flow.name, 'features.norm5', norm)
  const classifier = layers.take('classifier.weight', 2)
  graph.classify(PORTS.logits, graph.relu('relu', features), classifier, layers.take('classifier.bias', 1))
  const outputs = classifier.shape[0] ?? 0
  const architecture = { family: 'densenet' as const, blocks, inputChannels, outputs, features: flow.channels }
  return { graph, architecture, classifier }
}
