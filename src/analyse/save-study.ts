import { type MadeAnalysis, saveAnalyses } from '../db/analysis.ts'
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

/**
 * Keeps what models made of a study, and owes it to the destinations that want it. Where another model failed for a
 * passing reason the study is due again, for all of them: what is made again has the same UIDs and is sent once. Where
 * it failed for good, or was declined, those who want to know are told.
 */
export async function saveStudy(
  deps: Deps,
  study: StudyClaim,
  outcomes: readonly ModelOutcome[],
  candidates: readonly Candidate[],
): Promise<void> {
  const images = outcomes.flatMap(({ image }) => (image ? [image] : []))
  const failures = outcomes.flatMap(({ failure }) => (failure ? [failure] : []))
  const { deferral } = decisive(study, failures, deps.maximumAttempts) ?? {}
  const made = await Promise.all(images.map((image) => saveImage(deps, image)))
  const pages = deferral ? [] : await saveResults(deps, await pagesBeside(deps, outcomes, candidates))
  const labels = images.flatMap(({ findings }) => findings.filter(({ positive }) => positive)).map(({ label }) => label)
  const routed = await routeStudy(deps, study.id, [...new Set(labels)])
  const beside = { unscored: unscoredOf(outcomes), pages, deferral }
  if (!(await saveAnalyses(deps.db, study, made, routed, beside))) return
  tell(deps.events, study, { images, failures, ...beside })
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
  readonly images: readonly AnalysedImage[]
  readonly failures: readonly Failure[]
  readonly unscored: ReturnType<typeof unscoredOf>
  readonly deferral: Deferral | undefined
}

/** A study is analysed once, when no model of it is to be tried again. */
function tell(events: Events, study: StudyClaim, { images, failures, unscored, deferral }: Told): void {
  for (const failure of failures) events.analysisFailed(study, failure, deferral ? 'retried' : 'given-up')
  if (deferral) return
  for (const { durations, findings } of images)
    events.studyAnalysed(study, durations, findings.filter(({ positive }) => positive).length)
  for (const { modelId, outcome, code } of unscored) events.modelUnscored(study, modelId, outcome, code)
}
