import { recordReported } from '../db/commitment-request.ts'
import { findReported, type Taken } from '../db/delivery-confirm.ts'
import type { CommitmentReport } from '../dimse/commitment-data-set.ts'
import { FailureReason, failureReasonText } from '../dimse/status.ts'
import { Failure } from '../failure.ts'
import { type Deps, tellLearned } from './confirm-deliveries.ts'
import { type Learned, settleKept, settleLost } from './settle-taken.ts'

/** Where repeating is of no use. */
const LASTING: readonly number[] = [FailureReason.ClassInstanceConflict, FailureReason.SopClassNotSupported]

/**
 * A destination reports on what we asked it to keep, over our association or its own.
 * @throws Failure NOT_FOUND when it was not asked by us
 */
export async function takeReport({ db, events, settings }: Deps, report: CommitmentReport): Promise<void> {
  const { transactionUid, kept, failed } = report
  const request = await recordReported(db, transactionUid)
  if (!request) throw new Failure('NOT_FOUND', 'Transaction UID is of no request of this node')
  const learned: Learned[] = []
  const uidsOf = (instances: CommitmentReport['kept']) => instances.map(({ sopInstanceUid }) => sopInstanceUid)
  for (const each of await findReported(db, transactionUid, uidsOf(kept)))
    learned.push(await settleKept(db, each, 'storage commitment'))
  const reasons = new Map(failed.map(({ sopInstanceUid, reason }) => [sopInstanceUid, reason]))
  const lose = (taken: Taken, reason: number) => {
    const failure = new Failure('NOT_KEPT', `the destination did not keep it: ${failureReasonText(reason)}`)
    return settleLost(db, taken, failure, { by: 'storage commitment', again: !LASTING.includes(reason), settings })
  }
  for (const each of await findReported(db, transactionUid, uidsOf(failed)))
    learned.push(await lose(each, reasons.get(each.sopInstanceUid) ?? FailureReason.ProcessingFailure))
  tellLearned(events, request.destination, learned)
}
