import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tensor as OnnxTensor } from 'onnxruntime-node'
import { type FeatureMap, gradCam } from '../../src/model/grad-cam.ts'
import { buildNetwork, encodeNetwork } from '../../src/model/onnx/build-network.ts'
import { buildSaliency } from '../../src/model/onnx/saliency.ts'
import { sigmoid } from '../../src/model/score.ts'
import { smoothGrad } from '../../src/model/smooth-grad.ts'
import { parametersOf } from '../../src/model/torch/parameters.ts'
import { readCheckpoint } from '../../src/model/torch/read-checkpoint.ts'
import { InferenceSession, Tensor } from './onnx-runtime.ts'

/** Checkpoints of random weights and what PyTorch makes of them: `make.py` beside them. */
export const TORCH_FIXTURES = new URL('../fixtures/torch', import.meta.url).pathname

export type TorchCase = {
  name: string
  family: 'densenet' | 'resnet'
  size: number
  features: [number, number, number]
  /** The labels whose PLI maps there are. */
  pli: number[]
  checkpoints: string[]
}

/** How far the imported network is from PyTorch's: greatest differences, maps and features in parts of their maximum. */
export type Equality = { logits: number; outputs: number; features: number; maps: number; pli: number }

export const torchCases = (folder: string): TorchCase[] => JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8'))

const LABELS = 18
const greatest = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)

function apart(wanted: Float32Array, given: Float32Array): number {
  if (wanted.length !== given.length) return Number.NaN
  return wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - (given[i] ?? Number.NaN))), 0)
}

/** PyTorch's input, logits, features and maps. */
function readReference(folder: string, { name, size, features: [channels, rows, columns] }: TorchCase) {
  const bytes = readFileSync(join(folder, `${name}.f32`))
  let at = 0
  const take = (count: number) => Float32Array.from({ length: count }, () => bytes.readFloatLE(4 * at++))
  const input = take(size * size)
  const [logits, features] = [take(LABELS), take(channels * rows * columns)]
  const maps = Array.from({ length: LABELS }, () => take(rows * columns))
  if (at * 4 !== bytes.length) throw new RangeError(`${name}.f32 has another length`)
  return { input, logits, features, maps }
}

const floats = (tensor: OnnxTensor | undefined) =>
  tensor?.data instanceof Float32Array ? tensor.data : new Float32Array(0)

/** PyTorch's PLI maps, and ours through the second graph; how far apart. */
async function measurePli(folder: string, { name, size, pli }: TorchCase, onnx: Uint8Array, input: Float32Array) {
  const bytes = readFileSync(join(folder, `${name}-pli.f32`))
  const shape = [1, 1, size, size]
  const saliency = buildSaliency(onnx, { input: 'input', scores: 'logits', shape })
  const session = await InferenceSession.create(saliency)
  const rows = new Float32Array(pli.length * LABELS)
  pli.forEach((label, row) => {
    rows[row * LABELS + label] = 1
  })
  const labels = new Tensor('float32', rows, [pli.length, LABELS])
  const gradientOf = async (noisy: Float32Array) =>
    floats(
      (await session.run({ input: new Tensor('float32', noisy, shape), 'labels.wanted': labels }))['image.gradient'],
    )
  const maps = await smoothGrad(gradientOf, input, { labels: pli.length, size, range: [-1024, 1024] })
  await session.release()
  return Math.max(
    ...maps.map((map, at) => {
      const wanted = Float32Array.from(map, (_, i) => bytes.readFloatLE(4 * (at * map.length + i)))
      return apart(wanted, map)
    }),
  )
}

/** An imported checkpoint: its ONNX file, and the last layer's weights, which Grad-CAM takes. */
export type Imported = { readonly onnx: Uint8Array; readonly classifier: Float32Array }

export function importCheckpoint(folder: string, { size }: TorchCase, checkpoint: string): Imported {
  const network = buildNetwork(parametersOf(readCheckpoint(readFileSync(join(folder, checkpoint)))))
  return { onnx: encodeNetwork(network, size), classifier: network.classifier.data }
}

/** Compares all that an imported checkpoint computes with PyTorch. */
export async function measureEquality(folder: string, one: TorchCase, imported: Imported): Promise<Equality> {
  const reference = readReference(folder, one)
  const { onnx, classifier } = imported
  const session = await InferenceSession.create(onnx)
  const given = await session.run({ input: new Tensor('float32', reference.input, [1, 1, one.size, one.size]) })
  const [logits, data] = [floats(given.logits), floats(given.features)]
  const [channels, rows, columns] = one.features
  const features: FeatureMap = { channels, rows, columns, data }
  const maps = reference.maps.map((wanted, label) => {
    const weights = classifier.subarray(label * channels, (label + 1) * channels)
    return apart(wanted, gradCam(features, weights, one.family === 'densenet')) / (greatest(wanted) || 1)
  })
  await session.release()
  return {
    logits: apart(reference.logits, logits),
    outputs: apart(reference.logits.map(sigmoid), logits.map(sigmoid)),
    features: apart(reference.features, data) / greatest(reference.features),
    maps: Math.max(...maps),
    pli: await measurePli(folder, one, onnx, reference.input),
  }
}
