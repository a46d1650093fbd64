import { type MadeAnalysis, saveAnalyses } from '../db/analysis.ts'
import { findInstances } from '../db/instance.ts'
import type { Db } from '../db/schema.ts'
import { claimStudy, deferStudy, extendStudyLease, type StudyClaim } from '../db/study.ts'
import { withCharacterSet } from '../dicom/undeclared-character-set.ts'
import { asFailure, Failure, type FailureCode } from '../failure.ts'
import type { InstanceFiles } from '../files/instance-files.ts'
import { repeat } from '../lifecycle.ts'
import type { Events } from '../observe/events.ts'
import type { Queue } from '../queue/queue.ts'
import { declinedFor, failedWith } from '../report/not-analysed.ts'
import { backoffMs } from '../study/backoff.ts'
import type { DeclineCode } from '../study/decline.ts'
import type { ModelIdentity } from '../study/finding.ts'
import type { StudyId } from '../study/identifiers.ts'
import type { Routing } from '../study/routing.ts'
import { analyseCandidates, type Deps as CandidateDeps } from './analyse-candidates.ts'
import type { AnalysedImage } from './analyse-image.ts'
import { finishNotAnalysed } from './finish-not-analysed.ts'
import { historyOf } from './history.ts'
import { routeStudy } from './route-study.ts'
import { saveMaps } from './save-maps.ts'
import { saveResults } from './save-results.ts'
import type { Candidate } from './select-images.ts'

export type Deps = Omit<CandidateDeps, 'history'> & {
  db: Db
  queue: Queue
  files: InstanceFiles
  events: Events
  routing: Routing
  /** Character sets by the calling AE title of those who write in one without saying so. */
  characterSets: ReadonlyMap<string, string>
  /** Whose name the page of a study that is not analysed bears. */
  model: { identity: ModelIdentity }
  leaseMs: number
  maximumAttempts: number
}

const RETRY = { firstMs: 2000, longestMs: 60_000 }
/** A full disk or a database that is down is waited for, however long. */
const NODE_TROUBLE_MS = 10_000

/** One study from its files to its results. What fails for a passing reason is tried again, a few times. */
export async function analyseStudy(deps: Deps, studyId: StudyId): Promise<void> {
  const study = await claimStudy(deps.db, studyId, deps.leaseMs)
  if (!study) return
  try {
    // Claimed this often and never settled: it takes its worker down with it.
    if (study.attempts > deps.maximumAttempts) throw new Failure('ATTEMPTS_EXHAUSTED', 'every analysis was cut short')
    await using _lease = repeat(
      deps.leaseMs / 3,
      () => extendStudyLease(deps.db, study, deps.leaseMs),
      () => {},
    )
    const candidates = await readCandidates(deps, studyId)
    const analyses = await analyseCandidates({ ...deps, history: historyOf(deps, studyId) }, candidates)
    const images = analyses.flatMap(({ image }) => (image ? [image] : []))
    if (images.length > 0) return await save(deps, study, images)
    await decline(deps, study, analyses[0]?.declined ?? 'NO_IMAGE', candidates)
  } catch (error) {
    await settle(deps, study, asFailure(error, 'INTERNAL'))
  }
}

/** Every instance that can be read; one that cannot is none of the others' fault. */
async function readCandidates({ db, files, events, characterSets }: Deps, studyId: StudyId): Promise<Candidate[]> {
  const candidates: Candidate[] = []
  for (const { id, callingAeTitle, calledAeTitle, removedAt } of await findInstances(db, studyId)) {
    if (removedAt) continue
    try {
      const header = await files.readHeader(id)
      const characterSet = characterSets.get(callingAeTitle)
      const read = characterSet ? withCharacterSet(header, characterSet) : header
      candidates.push({ instanceId: id, header: read, callingAeTitle, calledAeTitle })
    } catch (error) {
      const failure = asFailure(error, 'INTERNAL')
      if (failure.retry !== 'permanent') throw failure
      events.fileUnreadable(id, failure)
    }
  }
  return candidates
}

async function save(deps: Deps, study: StudyClaim, images: readonly AnalysedImage[]): Promise<void> {
  const made: MadeAnalysis[] = []
  for (const image of images) {
    const { results, explanation: _, maps: __, combined: ___, ...analysis } = image
    made.push({ analysis, results: await saveResults(deps, results), maps: await saveMaps(deps.files, image) })
  }
  const labels = images.flatMap(({ findings }) => findings.filter(({ positive }) => positive)).map(({ label }) => label)
  const routed = await routeStudy(deps, study.id, [...new Set(labels)])
  if (!(await saveAnalyses(deps.db, study, made, routed))) return
  for (const { durations, findings } of images)
    deps.events.studyAnalysed(study, durations, findings.filter(({ positive }) => positive).length)
  for (const destination of routed.destinations)
    await deps.queue.ring('deliver-result', { studyId: study.id, destination }, 0)
}

async function decline(deps: Deps, study: StudyClaim, code: DeclineCode, candidates: readonly Candidate[]) {
  const cause = declinedFor(code)
  if (await finishNotAnalysed(deps, study, cause, cause.words, async () => candidates))
    deps.events.studyDeclined(study, code)
}

/** What tells of this study; only so often is it tried. Anything else that passes tells of the node around it. */
const OF_THE_STUDY: readonly FailureCode[] = ['CHILD_DIED', 'CHILD_TIMED_OUT', 'INTERNAL']

async function settle(deps: Deps, study: StudyClaim, failure: Failure): Promise<void> {
  const { db, events, maximumAttempts } = deps
  const counts = OF_THE_STUDY.includes(failure.code)
  const again = failure.retry !== 'permanent' && !(counts && study.attempts >= maximumAttempts)
  if (!again) return giveUp(deps, study, failure)
  const delayMs = counts ? backoffMs(study.attempts, RETRY.firstMs, RETRY.longestMs) : NODE_TROUBLE_MS
  const held = await deferStudy(db, study, { delayMs, counts, reasonCode: failure.code, reason: failure.message })
  if (held) events.analysisFailed(study, failure, 'retried')
}

async function giveUp(deps: Deps, study: StudyClaim, failure: Failure): Promise<void> {
  try {
    const candidates = () => readCandidates(deps, study.id)
    if (await finishNotAnalysed(deps, study, failedWith(failure), failure.message, candidates))
      deps.events.analysisFailed(study, failure, 'given-up')
  } catch (error) {
    const trouble = asFailure(error, 'INTERNAL')
    const { code: reasonCode, message: reason } = trouble
    if (await deferStudy(deps.db, study, { delayMs: NODE_TROUBLE_MS, counts: false, reasonCode, reason }))
      deps.events.analysisFailed(study, trouble, 'retried')
  }
}
