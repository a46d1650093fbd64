import { type Earlier, type MadeAnalysis, saveAnalyses } from '../db/analysis.ts'
import type { Db } from '../db/schema.ts'
import type { Deferral, StudyClaim } from '../db/study.ts'
import type { Failure } from '../failure.ts'
import type { InstanceFiles } from '../files/instance-files.ts'
import type { Events } from '../observe/events.ts'
import type { Queue } from '../queue/queue.ts'
import type { NodeIdentity } from '../report/result-input.ts'
import type { ResultInstance } from '../report/result-instance.ts'
import type { ResultWish } from '../study/result-object.ts'
import type { Routing } from '../study/routing.ts'
import type { ModelOutcome } from './analyse-candidates.ts'
import type { AnalysedImage } from './analyse-image.ts'
import { buildPages } from './finish-not-analysed.ts'
import { decisive } from './retry.ts'
import { routeStudy } from './route-study.ts'
import { saveMaps } from './save-maps.ts'
import { saveResults } from './save-results.ts'
import type { Candidate } from './select-images.ts'
import { causesBeside, unscoredOf } from './unscored.ts'

type Deps = {
  db: Db
  queue: Queue
  files: InstanceFiles
  events: Events
  routing: Routing
  node: NodeIdentity
  wishes: readonly ResultWish[]
  maximumAttempts: number
}

export type Made = {
  /** Of this attempt. */
  readonly outcomes: readonly ModelOutcome[]
  readonly candidates: readonly Candidate[]
  /** Of attempts before, of which one was saved. */
  readonly earlier: Earlier
}

/**
 * Keeps what models made of a study, and owes it to the destinations that want it. Where another model failed for a
 * passing reason the study is due again, for all of them: what is made again has the same UIDs and is sent once. Where
 * it failed for good, or was declined, those who want to know are told.
 */
export async function saveStudy(deps: Deps, study: StudyClaim, { outcomes, candidates, earlier }: Made): Promise<void> {
  const images = outcomes.flatMap(({ image }) => (image ? [image] : []))
  const failures = outcomes.flatMap(({ failure }) => (failure ? [failure] : []))
  const { deferral } = decisive(study, failures, deps.maximumAttempts) ?? {}
  const made = await Promise.all(images.map((image) => saveImage(deps, image)))
  const pages = deferral ? [] : await saveResults(deps, await pagesBeside(deps, outcomes, candidates))
  const done = earlier.scored.filter(({ modelId }) => !images.some((image) => image.modelId === modelId))
  const positives = [...images, ...done].flatMap(({ findings }) => findings.filter(({ positive }) => positive))
  const routed = await routeStudy(deps, study.id, [...new Set(positives.map(({ label }) => label))])
  const beside = { unscored: unscoredOf(outcomes), pages, deferral, sparing: done.map(({ modelId }) => modelId) }
  if (!(await saveAnalyses(deps.db, study, made, routed, beside))) return
  const fresh = images.filter((image) => !earlier.scored.some(({ modelId }) => modelId === image.modelId))
  tell(deps.events, study, { images: fresh, failures, ...beside })
  for (const destination of routed.destinations)
    await deps.queue.ring('deliver-result', { studyId: study.id, destination }, 0)
}

async function saveImage(deps: Deps, image: AnalysedImage): Promise<MadeAnalysis> {
  const { results, explanation: _, maps: __, combined: ___, ...analysis } = image
  return { analysis, results: await saveResults(deps, results), maps: await saveMaps(deps.files, image) }
}

async function pagesBeside(
  deps: Deps,
  outcomes: readonly ModelOutcome[],
  candidates: readonly Candidate[],
): Promise<ResultInstance[]> {
  const pages: ResultInstance[] = []
  // An HL7 message would take the place of the other models' for the same order.
  for (const { model, cause } of causesBeside(outcomes))
    pages.push(...(await buildPages({ ...deps, model: { identity: model }, messages: [] }, cause, candidates)))
  return pages
}

type Told = {
  /** Not told of before. */
  readonly images: readonly AnalysedImage[]
  readonly failures: readonly Failure[]
  readonly unscored: ReturnType<typeof unscoredOf>
  readonly deferral: Deferral | undefined
}

function tell(events: Events, study: StudyClaim, { images, failures, unscored, deferral }: Told): void {
  for (const failure of failures) events.analysisFailed(study, failure, deferral ? 'retried' : 'given-up')
  for (const { durations, findings } of images)
    events.studyAnalysed(study, durations, findings.filter(({ positive }) => positive).length)
  if (deferral) return
  for (const { modelId, outcome, code } of unscored) events.modelUnscored(study, modelId, outcome, code)
}
