import { Graph } from './graph.ts'
import { folded, type Layers } from './layers.ts'
import { type Network, PORTS } from './network.ts'

type Flow = { readonly graph: Graph; readonly layers: Layers; name: string; channels: number }
type Step = { readonly convolution: string; readonly norm: string; readonly stride: number }

/** A convolution with its normalisation folded in; grouped when its weights take fewer channels than there are. */
function convolve({ graph, layers, channels }: Flow, input: string, step: Step, given = channels): Flow {
  const each = layers.take(`${step.convolution}.weight`, 4).shape[1] ?? 0
  const groups = each > 0 && given % each === 0 ? given / each : 1
  const weight = layers.convolution(step.convolution, given / groups)
  const made = weight.shape[0] ?? 0
  const { weight: scaled, bias } = folded(weight, layers.batchNorm(step.norm, made))
  const name = graph.convolution(step.convolution, input, scaled, bias, { stride: step.stride, groups })
  return { graph, layers, name, channels: made }
}

/** A basic block (two convolutions) or a bottleneck (three, the middle one strided), and what came in added. */
function residual(flow: Flow, prefix: string, stride: number): Flow {
  const { graph, layers } = flow
  const count = layers.count(`${prefix}.conv`, '.weight', 1)
  const strided = count === 2 ? 1 : 2
  let inner = flow
  for (let i = 1; i <= count; i++) {
    const step = { convolution: `${prefix}.conv${i}`, norm: `${prefix}.bn${i}`, stride: i === strided ? stride : 1 }
    inner = convolve(inner, inner.name, step)
    if (i < count) inner.name = graph.relu(`${prefix}.relu${i}`, inner.name)
  }
  const shortcut = { convolution: `${prefix}.downsample.0`, norm: `${prefix}.downsample.1`, stride }
  const kept = layers.has(`${prefix}.downsample.0.weight`) ? convolve(flow, flow.name, shortcut).name : flow.name
  inner.name = graph.node('Add', `${prefix}.sum`, [inner.name, kept])
  return inner
}

/** ResNet (He 2015) with torchvision's names. `features` is layer4's output, after its ReLU. */
export function buildResNet(layers: Layers): Network {
  const graph = new Graph()
  const inputChannels = layers.take('conv1.weight', 4).shape[1] ?? 0
  const start: Flow = { graph, layers, name: PORTS.input, channels: inputChannels }
  let flow = convolve(start, PORTS.input, { convolution: 'conv1', norm: 'bn1', stride: 2 })
  flow.name = graph.maximumPool('maxpool', graph.relu('relu', flow.name))
  const count = layers.count('layer', '.0.conv1.weight', 1)
  const blocks = Array.from({ length: count }, (_, at) => layers.count(`layer${at + 1}.`, '.conv1.weight', 0))
  blocks.forEach((depth, at) => {
    for (let i = 0; i < depth; i++) {
      const prefix = `layer${at + 1}.${i}`
      flow = residual(flow, prefix, i === 0 && at > 0 ? 2 : 1)
      const last = at === count - 1 && i === depth - 1
      flow.name = graph.relu(last ? PORTS.features : `${prefix}.relu`, flow.name)
    }
  })
  const classifier = layers.take('fc.weight', 2)
  graph.classify(PORTS.logits, flow.name, classifier, layers.take('fc.bias', 1))
  const outputs = classifier.shape[0] ?? 0
  const architecture = { family: 'resnet' as const, blocks, inputChannels, outputs, features: flow.channels }
  return { graph, architecture, classifier }
}
