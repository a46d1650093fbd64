import { saveNotAnalysed } from '../db/analysis.ts'
import { wasSuperseded } from '../db/history.ts'
import type { Db } from '../db/schema.ts'
import type { StudyClaim } from '../db/study.ts'
import { NODE_MODEL_NAME } from '../dicom/implementation.ts'
import { Failure } from '../failure.ts'
import type { InstanceFiles } from '../files/instance-files.ts'
import { buildNotAnalysedMessages, type MessageWish } from '../hl7/build-messages.ts'
import type { Queue } from '../queue/queue.ts'
import { buildNotAnalysed } from '../report/build-not-analysed.ts'
import type { Cause } from '../report/not-analysed.ts'
import type { NodeIdentity } from '../report/result-input.ts'
import type { ResultInstance } from '../report/result-instance.ts'
import type { ModelIdentity } from '../study/finding.ts'
import { parseUid } from '../study/identifiers.ts'
import type { ResultWish } from '../study/result-object.ts'
import { type RouteDeps, routeStudy } from './route-study.ts'
import { saveResults } from './save-results.ts'
import type { Candidate } from './select-images.ts'

type PageDeps = {
  db: Db
  node: NodeIdentity
  /** Whose name the page bears. */
  model: { identity: ModelIdentity }
  wishes: readonly ResultWish[]
  messages: readonly MessageWish[]
}
type Deps = RouteDeps & PageDeps & { queue: Queue; files: InstanceFiles }

/**
 * Ends a study that has no result, and owes those destinations that want to know of it a page or a message that says why. False when
 * this revision is not complete (any more).
 * @throws Failure when the page cannot be kept; the study is then as it was
 */
export async function finishNotAnalysed(
  deps: Deps,
  study: StudyClaim,
  cause: Cause,
  reason: string,
  candidates: () => Promise<readonly Candidate[]>,
): Promise<boolean> {
  const wanted = [...deps.wishes, ...deps.messages]
  const told = wanted.some(({ notAnalysed }) => notAnalysed !== 'nothing')
  const results = told ? await saveResults(deps, await buildPages(deps, cause, await candidates())) : []
  const { outcome, code } = cause
  const routed = await routeStudy(deps, study.id, undefined)
  if (!(await saveNotAnalysed(deps.db, study, { outcome, code, reason }, results, routed))) return false
  for (const destination of new Set(results.flatMap(({ wantedBy = [] }) => wantedBy)))
    await deps.queue.ring('deliver-result', { studyId: study.id, destination }, 0)
  return true
}

/**
 * What tells of it. None for a study that holds results of ours only, or no image to say whose study it is. A page that was superseded
 * meanwhile is made anew.
 */
export async function buildPages(
  deps: PageDeps,
  cause: Cause,
  candidates: readonly Candidate[],
): Promise<ResultInstance[]> {
  if (cause.code === 'OWN_RESULT') return []
  const uid = ({ header }: Candidate) => header.string('SOPInstanceUID') ?? ''
  const others = candidates.filter(({ header }) => header.string('ManufacturerModelName') !== NODE_MODEL_NAME)
  const { db, node, model, wishes, messages } = deps
  for (const { header: source } of [...others].sort((a, b) => (uid(a) < uid(b) ? -1 : 1))) {
    try {
      const origin = { source, node, model: model.identity, startedAt: new Date() }
      for (let returns = 0; ; returns++) {
        const again = { ...cause, returns }
        const built = await buildNotAnalysed(origin, again, wishes)
        const all = [...built, ...buildNotAnalysedMessages(origin, again, messages)]
        const uids = all.map(({ sopInstanceUid }) => parseUid(sopInstanceUid))
        if (uids.length === 0 || !(await wasSuperseded(db, uids))) return all
      }
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'RESULT_INVALID') throw error
    }
  }
  return []
}
