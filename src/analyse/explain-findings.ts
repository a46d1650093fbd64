import type { Inference, Model } from '../inference/open-model.ts'
import { gradCam } from '../model/grad-cam.ts'
import { mapBack } from '../model/map-back.ts'
import { type CellMap, occlusionMaps } from '../model/occlusion.ts'
import { type Crop, tensorRange } from '../model/prepare-tensor.ts'
import { logitsOf } from '../model/score.ts'
import { smoothGrad } from '../model/smooth-grad.ts'
import { sizeWithin } from '../report/shown-size.ts'
import type { ExplanationMethod } from '../study/explanation.ts'
import type { Finding, HeatMap } from '../study/finding.ts'

/** Between a map's cells, far apart on the radiograph, it is smooth: so many samples for each lose nothing. */
const FOR_EACH_CELL = 32
/** Of the grid's longer side. */
const LONGEST_SIDE = 512
/** Gradients asked for at a time: each is as large as the image. */
const LABELS_AT_ONCE = 4

/** What a model was given and answered. */
export type Answered = {
  readonly tensor: Float32Array
  readonly inference: Inference
  readonly crop: Crop
  /** The radiograph's. */
  readonly rows: number
  readonly columns: number
}

type Explain = (model: Model, answered: Answered, labels: readonly number[]) => Promise<readonly CellMap[]>

/** How the maps of some labels are made, each on the model's own grid. */
const METHODS: Readonly<Record<ExplanationMethod, Explain>> = {
  async 'grad-cam'({ manifest, classifierWeights }, { inference: { features } }, labels) {
    if (!features) return []
    const { rows, columns } = features
    return labels.map((label) => {
      const weights = classifierWeights(label) ?? new Float32Array(features.channels)
      return { rows, columns, values: gradCam(features, weights, manifest.gradCam?.relu === true) }
    })
  },
  async pli({ manifest, gradient }, { tensor }, labels) {
    const { input } = manifest
    const maps: CellMap[] = []
    for (let from = 0; from < labels.length; from += LABELS_AT_ONCE) {
      const some = labels.slice(from, from + LABELS_AT_ONCE)
      const options = { labels: some.length, size: input.size, range: tensorRange(input) }
      const made = await smoothGrad((noisy) => gradient(noisy, some), tensor, options)
      maps.push(...made.map((values) => ({ rows: input.size, columns: input.size, values })))
    }
    return maps
  },
  async occlusion({ manifest, run }, { tensor }, labels) {
    const logits = async (given: Float32Array) => {
      const all = logitsOf((await run(given)).outputs, manifest.outputs.activation)
      return labels.map((label) => all[label] ?? 0)
    }
    return labels.length > 0 ? occlusionMaps(logits, tensor, manifest.input) : []
  },
  none: async () => [],
}

/** The heat map of every positive finding, on a grid of the radiograph's shape. */
export async function explainFindings(
  model: Model,
  method: ExplanationMethod,
  answered: Answered,
  findings: readonly Finding[],
): Promise<Map<string, HeatMap>> {
  const { rows: height, columns: width, crop } = answered
  const names = model.labels.map(({ name }) => name)
  const positive = findings.filter((finding) => finding.positive).map(({ label }) => label)
  const made = await METHODS[method](
    model,
    answered,
    positive.map((label) => names.indexOf(label)),
  )
  return new Map(
    made.map(({ rows, columns, values }, at) => {
      const longest = Math.min(LONGEST_SIDE, FOR_EACH_CELL * Math.max(rows, columns))
      const grid = sizeWithin(answered, 1, longest)
      return [positive[at] ?? '', mapBack(values, rows, columns, crop, { rows: height, columns: width }, grid)]
    }),
  )
}

/** Where any of the findings lies: at each place the hottest of their maps. Undefined where there are not two to combine. */
export function combinedMap(maps: readonly HeatMap[]): HeatMap | undefined {
  const [first, ...others] = maps.filter(({ empty }) => !empty)
  if (!first || others.length === 0) return undefined
  const values = first.values.slice()
  for (const other of others)
    for (let i = 0; i < values.length; i++) values[i] = Math.max(values[i] ?? 0, other.values[i] ?? 0)
  return { rows: first.rows, columns: first.columns, values, empty: false }
}
