import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { type FeatureMap, gradCamDenseNet } from '../../src/model/grad-cam.ts'
import { parseManifest } from '../../src/model/manifest.ts'
import { mapBack } from '../../src/model/map-back.ts'
import type { Phantom } from '../../src/model/phantom.ts'
import type { Box } from '../../src/model/phantom-canvas.ts'
import { type Crop, xrvTensor } from '../../src/model/xrv-tensor.ts'
import type { HeatMap } from '../../src/study/finding.ts'

export const MODEL_FOLDER = new URL('../../models/phantom-densenet', import.meta.url).pathname

export type Answer = { logits: Float32Array; features: FeatureMap; crop: Crop }
export type PhantomModel = {
  answer(phantom: Phantom): Promise<Answer>
  /** The heat map of one label, by its place in the output, on the phantom's own grid. */
  heatMap(phantom: Phantom, answer: Answer, label: number): HeatMap
}

export const sha256Of = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')

function floats(tensor: Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new TypeError('the model gave no float32 output')
  return tensor.data
}

/** The model by its files alone: real pre-processing, ONNX Runtime on one thread, real Grad-CAM. */
export async function openPhantomModel(onnx = join(MODEL_FOLDER, 'phantom-densenet.onnx')): Promise<PhantomModel> {
  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1 })
  const bytes = readFileSync(join(MODEL_FOLDER, 'classifier.f32'))
  const classifier = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  return {
    async answer(phantom) {
      const { data, crop } = xrvTensor(phantom, 224)
      const { logits, features } = await session.run({ input: new Tensor('float32', data, [1, 1, 224, 224]) })
      const [, channels = 0, rows = 0, columns = 0] = features?.dims ?? []
      return { logits: floats(logits), features: { channels, rows, columns, data: floats(features) }, crop }
    },
    heatMap(phantom, { features, crop }, label) {
      const weights = classifier.subarray(label * features.channels, (label + 1) * features.channels)
      return mapBack(gradCamDenseNet(features, weights), features.rows, features.columns, crop, phantom)
    },
  }
}

/** Whether the hottest point lies in one of the boxes, each grown by 10 % of its width and height. An empty map does not. */
export function pointsInto({ values, columns, empty }: HeatMap, boxes: Box[]): boolean {
  if (empty) return false
  const hottest = values.reduce((best, value, index) => (value > (values[best] ?? 0) ? index : best), 0)
  const x = (hottest % columns) + 0.5
  const y = Math.floor(hottest / columns) + 0.5
  return boxes.some(({ x0, y0, x1, y1 }) => {
    const [across, down] = [0.1 * (x1 - x0), 0.1 * (y1 - y0)]
    return x >= x0 - across && x <= x1 + across && y >= y0 - down && y <= y1 + down
  })
}

/** Area under the ROC curve, ties counted half (Mann and Whitney). NaN without both kinds. */
export function auroc(cases: { positive: boolean; score: number }[]): number {
  const positives = cases.filter(({ positive }) => positive)
  const negatives = cases.filter(({ positive }) => !positive)
  let wins = 0
  for (const { score } of positives)
    for (const other of negatives) wins += score > other.score ? 1 : score === other.score ? 0.5 : 0
  return wins / (positives.length * negatives.length)
}

export const readManifest = () => parseManifest(readFileSync(join(MODEL_FOLDER, 'manifest.json'), 'utf8'))
