import type { Decoder } from '../inference/open-decoder.ts'
import { findingsOf } from '../model/score.ts'
import { declaredCaveats } from '../quality/declared-caveats.ts'
import { FRONTAL_VIEWS } from '../quality/judge-header.ts'
import { judgePixels } from '../quality/judge-pixels.ts'
import type { NodeIdentity } from '../report/result-input.ts'
import type { ResultInstance } from '../report/result-instance.ts'
import { type Caveat, caveatsOf } from '../study/caveat.ts'
import type { DeclineCode } from '../study/decline.ts'
import type { ExplanationMethod } from '../study/explanation.ts'
import type { Finding, HeatMap } from '../study/finding.ts'
import { parseUid, type Uid } from '../study/identifiers.ts'
import { declineOf, type Policies, type Verdict } from '../study/quality.ts'
import { type BuildDeps, buildRun } from './build-run.ts'
import { combinedMap, explainFindings } from './explain-findings.ts'
import { judgeDistribution } from './judge-distribution.ts'
import type { ReadyModel } from './ready-model.ts'
import type { SelectedImage } from './select-images.ts'
import { stopwatch } from './stopwatch.ts'

export type AnalyseImageDeps = BuildDeps & {
  decoder: Decoder
  policies: Policies
  pathOf(instanceId: string): Promise<string>
  node: NodeIdentity
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
  explanation: ExplanationMethod
  /** The heat map of each positive finding by its label, and of all of them together where there are several. */
  maps: ReadonlyMap<string, HeatMap>
  combined?: HeatMap | undefined
}

/** Scored; or not, because a quality check forbids it. */
export type ImageAnalysis =
  | { declined: DeclineCode; quality: Verdict[]; image?: never; failure?: never }
  | { declined?: never; quality: Verdict[]; image: AnalysedImage; failure?: never }

/** One radiograph from its pixels to its results. */
export async function analyseImage(
  deps: AnalyseImageDeps,
  { model, explanation, codes, configHash }: ReadyModel,
  selected: SelectedImage,
): Promise<ImageAnalysis> {
  const { policies, node } = deps
  const { instanceId, header, verdicts } = selected
  const startedAt = new Date()
  const watch = stopwatch()
  const prepared = await deps.decoder.prepare(await deps.pathOf(instanceId), model.manifest.input)
  watch.lap('decode')
  const scoring = model.run(prepared.tensor)
  // Of an image that is declined nobody asks what became of it.
  scoring.catch(() => undefined)
  const { measures, display } = await prepared.view
  const saidFrontal = FRONTAL_VIEWS.includes(header.string('ViewPosition') ?? '')
  const judged = { measures, modelSize: model.manifest.input.size, saidFrontal }
  const quality = [...verdicts, ...judgePixels(judged, policies)]
  const before = declineOf(quality)
  if (before) return { declined: before, quality }
  const inference = await scoring
  watch.lap('inference')
  quality.push(judgeDistribution(model, inference, policies))
  const declined = declineOf(quality)
  if (declined) return { declined, quality }
  const findings = findingsOf(inference.outputs, model.labels, model.manifest.outputs.activation)
  const maps = await explainFindings(model, explanation, { ...prepared, inference }, findings)
  const combined = combinedMap([...maps.values()])
  watch.lap('explain')
  const caveats = [...caveatsOf(quality), ...declaredCaveats(header, model.manifest)]
  const results = await buildRun(deps, {
    ...{ source: header, display, model: model.identity, findings, maps, combined, caveats },
    ...{ codes, node, startedAt, configHash, ...reported(explanation) },
  })
  watch.lap('encode')
  const { id: modelId, version: modelVersion, deviceUid } = model.identity
  const sopInstanceUid = parseUid(header.string('SOPInstanceUID') ?? '')
  const about = { sopInstanceUid, modelId, modelVersion, deviceUid }
  const image = { ...about, findings, caveats, quality, durations: watch.laps, startedAt, results }
  return { image: { ...image, explanation, maps, combined }, quality }
}

/** What the results call it. */
const REPORTED = { 'grad-cam': 'gradientWeightedClassActivation', pli: 'saliency', occlusion: 'occlusion' } as const

const reported = (method: ExplanationMethod) => (method === 'none' ? {} : { explanation: REPORTED[method] })
