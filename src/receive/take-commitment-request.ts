import { oweCommitmentReport } from '../db/commitment-report.ts'
import type { Db } from '../db/schema.ts'
import type { CommitmentRequest } from '../dimse/commitment-data-set.ts'
import type { Peer } from '../dimse/peer.ts'
import type { AssociationPeer } from '../dimse/scp-events.ts'
import { Failure } from '../failure.ts'
import type { Events } from '../observe/events.ts'
import { type AeTitle, parseAeTitle } from '../study/identifiers.ts'

/** Where a sender listens for reports, by configuration; undefined when that says nothing of it. */
export type ReportAddress = (aeTitle: AeTitle, ours: AeTitle) => Peer | undefined

type Deps = { db: Db; events: Events; addressOf: ReportAddress }

/**
 * A sender asks us to commit to keeping instances: when this resolves, a report is owed to it.
 * @throws Failure NOT_FOUND when the configuration does not say where it listens
 */
export async function takeCommitmentRequest(
  { db, events, addressOf }: Deps,
  { callingAeTitle, calledAeTitle }: AssociationPeer,
  { transactionUid, instances }: CommitmentRequest,
): Promise<void> {
  const [aeTitle, ours] = [parseAeTitle(callingAeTitle), parseAeTitle(calledAeTitle)]
  const known = addressOf(aeTitle, ours) !== undefined
  events.commitmentRequested(aeTitle, instances.length, known)
  if (!known) throw new Failure('NOT_FOUND', `reportTo of peer ${aeTitle} is not configured`)
  await oweCommitmentReport(db, { transactionUid, aeTitle, calledAeTitle: ours, instances })
}
