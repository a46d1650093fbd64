import { buildMessages, type MessageWish } from '../hl7/build-messages.ts'
import type { Decoder } from '../inference/open-decoder.ts'
import type { Inference, Model } from '../inference/open-model.ts'
import { gradCam } from '../model/grad-cam.ts'
import { mapBack } from '../model/map-back.ts'
import type { Crop } from '../model/prepare-tensor.ts'
import { findingsOf } from '../model/score.ts'
import { declaredCaveats } from '../quality/declared-caveats.ts'
import { judgePixels } from '../quality/judge-pixels.ts'
import { buildResults } from '../report/build-results.ts'
import type { GreyImage, NodeIdentity } from '../report/result-input.ts'
import type { ResultInstance } from '../report/result-instance.ts'
import { type Caveat, caveatsOf } from '../study/caveat.ts'
import type { DeclineCode } from '../study/decline.ts'
import type { Finding, FindingCodes, HeatMap } from '../study/finding.ts'
import { parseUid, type Uid } from '../study/identifiers.ts'
import { declineOf, type Policies, type Verdict } from '../study/quality.ts'
import type { ResultWish } from '../study/result-object.ts'
import type { SelectedImage } from './select-images.ts'
import { stopwatch } from './stopwatch.ts'

export type AnalyseImageDeps = {
  decoder: Decoder
  model: Model
  policies: Policies
  pathOf(instanceId: string): Promise<string>
  codes: FindingCodes
  node: NodeIdentity
  configHash: string
  /** What each destination asks for; the usual when there is none. */
  wishes: readonly ResultWish[]
  /** The messages that destinations ask for. */
  messages: readonly MessageWish[]
}

export type AnalysedImage = {
  sopInstanceUid: Uid
  modelId: string
  modelVersion: string
  deviceUid: string
  findings: Finding[]
  caveats: Caveat[]
  quality: Verdict[]
  /** Stage to milliseconds. */
  durations: Record<string, number>
  startedAt: Date
  results: ResultInstance[]
}

/** Scored; or not, because a quality check forbids it. `maps`: the heat map of each positive finding by its label. */
export type ImageAnalysis =
  | { declined: DeclineCode; quality: Verdict[]; image?: never }
  | { declined?: never; quality: Verdict[]; image: AnalysedImage; maps: ReadonlyMap<string, HeatMap> }

/** Heat maps are smooth: a grid this long on its longer side loses nothing. */
const LONGEST_MAP_SIDE = 512

/** One radiograph from its pixels to its results. */
export async function analyseImage(deps: AnalyseImageDeps, selected: SelectedImage): Promise<ImageAnalysis> {
  const { model, policies } = deps
  const { instanceId, header, verdicts } = selected
  const startedAt = new Date()
  const watch = stopwatch()
  const prepared = await deps.decoder.prepare(await deps.pathOf(instanceId), model.manifest.input)
  watch.lap('decode')
  const quality = [...verdicts, ...judgePixels(prepared.measures, model.manifest.input.size, policies)]
  const declined = declineOf(quality)
  if (declined) return { declined, quality }
  const inference = await model.run(prepared.tensor)
  watch.lap('inference')
  const findings = findingsOf(inference.outputs, model.manifest.labels, model.manifest.outputs.activation)
  const maps = heatMaps(model, inference, findings, prepared)
  watch.lap('explain')
  const caveats = [...caveatsOf(quality), ...declaredCaveats(header, model.manifest)]
  const { codes, node, configHash } = deps
  const input = {
    ...{ source: header, display: prepared.display, model: model.identity, findings, maps, caveats },
    ...{ codes, node, startedAt, configHash },
  }
  const { instances } = await buildResults(input, deps.wishes)
  const results = [...instances, ...buildMessages(input, deps.messages)]
  watch.lap('encode')
  const { id: modelId, version: modelVersion, deviceUid } = model.identity
  const sopInstanceUid = parseUid(header.string('SOPInstanceUID') ?? '')
  const about = { sopInstanceUid, modelId, modelVersion, deviceUid }
  const image = { ...about, findings, caveats, quality, durations: watch.laps, startedAt, results }
  return { image, quality, maps }
}

type Shown = { display: GreyImage; crop: Crop }

/** Grad-CAM of every positive finding, on a grid of the radiograph's shape. */
function heatMaps(model: Model, { features }: Inference, findings: Finding[], { display, crop }: Shown) {
  const scale = Math.min(1, LONGEST_MAP_SIDE / Math.max(display.rows, display.columns))
  const grid = { rows: Math.round(display.rows * scale), columns: Math.round(display.columns * scale) }
  const labels = model.manifest.labels.map(({ name }) => name)
  const maps = new Map<string, HeatMap>()
  for (const { label } of findings.filter(({ positive }) => positive)) {
    const weights = model.classifierWeights(labels.indexOf(label))
    if (!features || !weights) continue
    const map = gradCam(features, weights, model.manifest.gradCam?.relu === true)
    maps.set(label, mapBack(map, features.rows, features.columns, crop, display, grid))
  }
  return maps
}
