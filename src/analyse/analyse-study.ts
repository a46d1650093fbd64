import { saveAnalysis } from '../db/analysis.ts'
import { findInstances } from '../db/instance.ts'
import type { Db } from '../db/schema.ts'
import { claimStudy, declineStudy, deferStudy, failStudy, type StudyClaim } from '../db/study.ts'
import { asFailure, Failure } from '../failure.ts'
import type { InstanceFiles } from '../files/instance-files.ts'
import type { Events } from '../observe/events.ts'
import type { Queue } from '../queue/queue.ts'
import { backoffMs } from '../study/backoff.ts'
import { DECLINE_REASONS, type DeclineCode } from '../study/decline.ts'
import type { StudyId } from '../study/identifiers.ts'
import { type AnalysedImage, type AnalyseImageDeps, analyseImage } from './analyse-image.ts'
import { saveResults } from './save-results.ts'
import { type Candidate, selectImage } from './select-image.ts'

export type Deps = AnalyseImageDeps & {
  db: Db
  queue: Queue
  files: InstanceFiles
  events: Events
  destinations: readonly string[]
  leaseMs: number
  maximumAttempts: number
}

const RETRY = { firstMs: 2000, longestMs: 60_000 }

/** One study from its files to its results. What fails for a passing reason is tried again, a few times. */
export async function analyseStudy(deps: Deps, studyId: StudyId): Promise<void> {
  const study = await claimStudy(deps.db, studyId, deps.leaseMs)
  if (!study) return
  try {
    // Claimed this often and never settled: it takes its worker down with it.
    if (study.attempts > deps.maximumAttempts) throw new Failure('ATTEMPTS_EXHAUSTED', 'every analysis was cut short')
    const { image, declined } = selectImage(await readCandidates(deps, studyId))
    if (declined) return await decline(deps, study, declined)
    await save(deps, study, await analyseImage(deps, image))
  } catch (error) {
    await settle(deps, study, asFailure(error, 'INTERNAL'))
  }
}

async function readCandidates({ db, files }: Deps, studyId: StudyId): Promise<Candidate[]> {
  const candidates: Candidate[] = []
  for (const { id } of await findInstances(db, studyId))
    candidates.push({ instanceId: id, header: await files.readHeader(id) })
  return candidates
}

async function save(deps: Deps, study: StudyClaim, image: AnalysedImage): Promise<void> {
  const { results: built, ...analysis } = image
  const results = await saveResults(deps, built)
  if (!(await saveAnalysis(deps.db, study, analysis, results, deps.destinations))) return
  deps.events.studyAnalysed(study, image.durations, image.findings.filter(({ positive }) => positive).length)
  for (const destination of deps.destinations)
    await deps.queue.ring('deliver-result', { studyId: study.id, destination }, 0)
}

async function decline({ db, events }: Deps, study: StudyClaim, code: DeclineCode): Promise<void> {
  if (await declineStudy(db, study, code, DECLINE_REASONS[code])) events.studyDeclined(study, code)
}

async function settle({ db, events, maximumAttempts }: Deps, study: StudyClaim, failure: Failure): Promise<void> {
  const again = failure.retry !== 'permanent' && study.attempts < maximumAttempts
  const delayMs = backoffMs(study.attempts, RETRY.firstMs, RETRY.longestMs)
  const held = again
    ? await deferStudy(db, study, delayMs, failure.code, failure.message)
    : await failStudy(db, study, failure.code, failure.message)
  if (held) events.analysisFailed(study, failure, again ? 'retried' : 'given-up')
}
