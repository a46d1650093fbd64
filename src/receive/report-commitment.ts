import {
  claimCommitmentReport,
  deferReport,
  findInstancesByUid,
  type OwedReport,
  recordReportSent,
} from '../db/commitment-report.ts'
import type { Db } from '../db/schema.ts'
import type { CommitmentReport } from '../dimse/commitment-data-set.ts'
import { FailureReason } from '../dimse/status.ts'
import { reportCommitment } from '../dimse/storage-commitment.ts'
import { asFailure, Failure } from '../failure.ts'
import type { InstanceFiles } from '../files/instance-files.ts'
import type { Events } from '../observe/events.ts'
import { backoffMs } from '../study/backoff.ts'
import type { AeTitle } from '../study/identifiers.ts'
import type { ReportAddress } from './take-commitment-request.ts'

export type Deps = {
  db: Db
  files: InstanceFiles
  events: Events
  addressOf: ReportAddress
  retry: { firstMs: number; longestMs: number }
  giveUpMs: number
}

/** Longer than a report takes, whatever the sender does. */
const LEASE_MS = 300_000

/** Sends one report that is due to a sender, over an association of its own. */
export async function sendCommitmentReport(deps: Deps, aeTitle: AeTitle): Promise<void> {
  const { db, events, addressOf } = deps
  const owed = await claimCommitmentReport(db, aeTitle, LEASE_MS)
  if (!owed) return
  try {
    const peer = addressOf(owed.aeTitle, owed.calledAeTitle)
    if (!peer) throw new Failure('NOT_FOUND', `reportTo of peer ${aeTitle} is not configured`)
    const report = await reportOn(deps, owed)
    await reportCommitment(peer, report)
    await recordReportSent(db, owed.id, report.failed.length)
    events.commitmentReported(aeTitle, report.kept.length, report.failed.length)
  } catch (error) {
    await settle(deps, owed, asFailure(error, 'INTERNAL'))
  }
}

async function settle({ db, events, retry, giveUpMs }: Deps, owed: OwedReport, failure: Failure): Promise<void> {
  const again = failure.code !== 'NOT_FOUND' && owed.owedForMs < giveUpMs
  const delayMs = again ? backoffMs(owed.attempts, retry.firstMs, retry.longestMs) : undefined
  await deferReport(db, owed.id, { reasonCode: failure.code, comment: failure.message }, delayMs)
  events.commitmentNotReported(owed.aeTitle, failure, delayMs)
}

/**
 * What of it is durable with us: it has a row and a file.
 * @throws Failure DATABASE_UNAVAILABLE while instances wait for their rows and one of these may be among them
 */
async function reportOn({ db, files }: Deps, { transactionUid, instances }: OwedReport): Promise<CommitmentReport> {
  const uids = instances.map(({ sopInstanceUid }) => sopInstanceUid)
  const waiting = (await files.arrivedAges()).length > 0
  const held = new Map((await findInstancesByUid(db, uids)).map((instance) => [instance.sopInstanceUid, instance]))
  const kept: CommitmentReport['kept'][number][] = []
  const failed: CommitmentReport['failed'][number][] = []
  for (const each of instances) {
    const instance = held.get(each.sopInstanceUid)
    const path = instance && (await files.pathOf(instance.id).catch(() => undefined))
    if (!instance || !path) failed.push({ ...each, reason: FailureReason.NoSuchObjectInstance })
    else if (instance.sopClassUid !== each.sopClassUid)
      failed.push({ ...each, reason: FailureReason.ClassInstanceConflict })
    else kept.push(each)
  }
  if (waiting && failed.length > 0)
    throw new Failure('DATABASE_UNAVAILABLE', 'instances that were received still wait for their rows')
  return { transactionUid, kept, failed }
}
