import { Failure } from '../../failure.ts'
import type { Parameters } from '../torch/parameters.ts'
import { buildDenseNet } from './densenet.ts'
import { Layers } from './layers.ts'
import { type Network, PORTS } from './network.ts'
import { buildResNet } from './resnet.ts'

/**
 * The network whose parameters these are: a DenseNet or a ResNet of torchvision's naming, of any size.
 * @throws Failure MODEL_INVALID when it is neither, or not wholly
 */
export function buildNetwork(parameters: Parameters): Network {
  const layers = new Layers(parameters)
  const build = layers.has('features.conv0.weight')
    ? buildDenseNet
    : layers.has('layer1.0.conv1.weight')
      ? buildResNet
      : undefined
  if (!build) {
    const some = [...parameters.tensors.keys()].slice(0, 3).join(', ')
    throw new Failure('MODEL_INVALID', `the checkpoint holds neither a DenseNet nor a ResNet but ${some}, …`)
  }
  const network = build(layers)
  layers.requireAllTaken()
  return network
}

/** The network as an ONNX file for square images of `size`; the batch may vary. */
export function encodeNetwork({ graph, architecture }: Network, size: number): Uint8Array {
  const { family, blocks, inputChannels, outputs, features } = architecture
  return graph.encode(
    `${family}-${blocks.join('-')}`,
    [{ name: PORTS.input, shape: ['batch', inputChannels, size, size] }],
    [
      { name: PORTS.logits, shape: ['batch', outputs] },
      { name: PORTS.features, shape: ['batch', features, 'rows', 'columns'] },
    ],
  )
}
