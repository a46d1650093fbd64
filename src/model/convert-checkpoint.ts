import { Failure } from '../failure.ts'
import type { CatalogueEntry } from './catalogue.ts'
import { buildNetwork, encodeNetwork } from './onnx/build-network.ts'
import { type Architecture, PORTS } from './onnx/network.ts'
import { buildSaliency } from './onnx/saliency.ts'
import { parametersOf } from './torch/parameters.ts'
import { readCheckpoint } from './torch/read-checkpoint.ts'

export type Converted = {
  readonly format: 'zip' | 'legacy'
  readonly architecture: Architecture
  /** ONNX. */
  readonly model: Uint8Array
  /** Guided back-propagation, ONNX. */
  readonly saliency: Uint8Array
  /** labels × channels, float32, little-endian, row-major. */
  readonly classifier: Uint8Array
}

const sizesOf = ({ family, blocks }: Pick<Architecture, 'family' | 'blocks'>) => `${family} ${blocks.join('-')}`

function requireFit(found: Architecture, { id, labels, ...wanted }: CatalogueEntry): void {
  const fault = (words: string) => new Failure('MODEL_INVALID', `the checkpoint is not ${id}: it holds ${words}`)
  if (sizesOf(found) !== sizesOf(wanted)) throw fault(`a ${sizesOf(found)}, not a ${sizesOf(wanted)}`)
  if (found.inputChannels !== 1) throw fault(`a network for images of ${found.inputChannels} channels, not 1`)
  if (found.outputs !== labels.length) throw fault(`a network of ${found.outputs} outputs, not ${labels.length}`)
}

/**
 * A checkpoint as ONNX, if it is the network that the catalogue says.
 * @throws Failure MODEL_INVALID naming what was found instead
 */
export function convertCheckpoint(bytes: Uint8Array, entry: CatalogueEntry): Converted {
  const checkpoint = readCheckpoint(bytes)
  const network = buildNetwork(parametersOf(checkpoint))
  requireFit(network.architecture, entry)
  const { buffer, byteOffset, byteLength } = network.classifier.data
  const model = encodeNetwork(network, entry.size)
  const shape = [1, network.architecture.inputChannels, entry.size, entry.size]
  return {
    format: checkpoint.format,
    architecture: network.architecture,
    model,
    saliency: buildSaliency(model, { input: PORTS.input, scores: PORTS.logits, shape }),
    classifier: new Uint8Array(buffer, byteOffset, byteLength),
  }
}
