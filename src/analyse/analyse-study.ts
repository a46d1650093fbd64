import { findEarlier } from '../db/analysis.ts'
import { findInstances } from '../db/instance.ts'
import type { Db } from '../db/schema.ts'
import { claimStudy, deferStudy, extendStudyLease, type StudyClaim } from '../db/study.ts'
import { reuseMemory } from '../dicom/pixel-room.ts'
import { withCharacterSet } from '../dicom/undeclared-character-set.ts'
import { asFailure, Failure } from '../failure.ts'
import type { InstanceFiles } from '../files/instance-files.ts'
import { repeat } from '../lifecycle.ts'
import type { Events } from '../observe/events.ts'
import type { Queue } from '../queue/queue.ts'
import { declinedFor, failedWith } from '../report/not-analysed.ts'
import type { DeclineCode } from '../study/decline.ts'
import type { ModelIdentity } from '../study/finding.ts'
import type { StudyId } from '../study/identifiers.ts'
import type { Routing } from '../study/routing.ts'
import { analyseCandidates, type Deps as CandidateDeps } from './analyse-candidates.ts'
import { failedWhole, withoutDone } from './earlier.ts'
import { finishNotAnalysed } from './finish-not-analysed.ts'
import { historyOf } from './history.ts'
import { decisive, deferralOf, waitForNode } from './retry.ts'
import { saveStudy } from './save-study.ts'
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
    const earlier = await findEarlier(deps.db, studyId)
    const all = await analyseCandidates({ ...deps, history: historyOf(deps, studyId) }, candidates)
    const outcomes = withoutDone(all, earlier)
    if (earlier.scored.length > 0 || outcomes.some(({ image }) => image)) {
      await saveStudy(deps, study, { outcomes, candidates, earlier })
      for (const { bytes } of outcomes.flatMap(({ image }) => image?.results ?? [])) reuseMemory(bytes)
      return
    }
    const failures = outcomes.flatMap(({ failure }) => (failure ? [failure] : []))
    const { failure } = decisive(study, failures, deps.maximumAttempts) ?? {}
    if (failure) throw failure
    await decline(deps, study, outcomes[0]?.declined ?? 'NO_IMAGE', candidates)
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

async function decline(deps: Deps, study: StudyClaim, code: DeclineCode, candidates: readonly Candidate[]) {
  const cause = declinedFor(code)
  if (await finishNotAnalysed(deps, study, cause, cause.words, async () => candidates))
    deps.events.studyDeclined(study, code)
}

async function settle(deps: Deps, study: StudyClaim, failure: Failure): Promise<void> {
  const deferral = deferralOf(study, failure, deps.maximumAttempts)
  if (!deferral) return giveUp(deps, study, failure)
  if (await deferStudy(deps.db, study, deferral)) deps.events.analysisFailed(study, failure, 'retried')
}

async function giveUp(deps: Deps, study: StudyClaim, failure: Failure): Promise<void> {
  try {
    const candidates = () => readCandidates(deps, study.id)
    const earlier = await findEarlier(deps.db, study.id)
    const outcomes = failedWhole(earlier, failure, deps.models)
    if (earlier.scored.length > 0)
      return await saveStudy(deps, study, { outcomes, candidates: await candidates(), earlier })
    if (await finishNotAnalysed(deps, study, failedWith(failure), failure.message, candidates))
      deps.events.analysisFailed(study, failure, 'given-up')
  } catch (error) {
    const trouble = asFailure(error, 'INTERNAL')
    if (await deferStudy(deps.db, study, waitForNode(trouble))) deps.events.analysisFailed(study, trouble, 'retried')
  }
}
