import type { Radiograph } from '../../src/dicom/radiograph.ts'
import { type Model, openModel } from '../../src/inference/open-model.ts'
import { type FeatureMap, gradCamDenseNet } from '../../src/model/grad-cam.ts'
import { mapBack } from '../../src/model/map-back.ts'
import type { Phantom } from '../../src/model/phantom.ts'
import type { Box } from '../../src/model/phantom-canvas.ts'
import { type Crop, prepareTensor } from '../../src/model/prepare-tensor.ts'
import type { HeatMap } from '../../src/study/finding.ts'

export const MODEL_FOLDER = new URL('../../models/phantom-densenet', import.meta.url).pathname

export const openPhantomModel = () => openModel({ directory: MODEL_FOLDER, children: 1 })

type Answer = { outputs: Float32Array; features: FeatureMap; crop: Crop }

/** Asks the model as the node does: pre-processing, then ONNX Runtime in a child process. */
export async function ask(model: Model, phantom: Radiograph): Promise<Answer> {
  const { data, crop } = prepareTensor(phantom, model.manifest.input)
  const { outputs, features } = await model.run(data)
  if (!features) throw new RangeError('the model gives no features')
  return { outputs, features, crop }
}

/** The heat map of one label, by its place in the output, on a grid of a quarter of the phantom's Rows and Columns. */
export function heatMap(model: Model, phantom: Phantom, { features, crop }: Answer, label: number): HeatMap {
  const map = gradCamDenseNet(features, model.classifierWeights(label) ?? new Float32Array(0))
  const grid = { rows: Math.round(phantom.rows / 4), columns: Math.round(phantom.columns / 4) }
  return mapBack(map, features.rows, features.columns, crop, phantom, grid)
}

/** Whether the hottest point lies in one of the boxes, each grown by 10 % of its width and height. An empty map does not. */
export function pointsInto(map: HeatMap, image: { rows: number; columns: number }, boxes: Box[]): boolean {
  if (map.empty) return false
  const hottest = map.values.reduce((best, value, index, values) => (value > (values[best] ?? 0) ? index : best), 0)
  const x = (((hottest % map.columns) + 0.5) * image.columns) / map.columns
  const y = ((Math.floor(hottest / map.columns) + 0.5) * image.rows) / map.rows
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
