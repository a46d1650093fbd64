import {
  claimDeliveries,
  type DeliveryClaim,
  deferDeliveries,
  extendDeliveryLease,
  recordDelivered,
  refuseDelivery,
} from '../db/delivery.ts'
import type { Db } from '../db/schema.ts'
import type { Peer } from '../dimse/peer.ts'
import { statusFailure } from '../dimse/status.ts'
import { type StoreOutcome, storeInstances } from '../dimse/storage-scu.ts'
import { asFailure, Failure } from '../failure.ts'
import type { InstanceFiles } from '../files/instance-files.ts'
import type { Events } from '../observe/events.ts'
import { backoffMs } from '../study/backoff.ts'
import type { StudyId } from '../study/identifiers.ts'

export type Deps = {
  db: Db
  files: InstanceFiles
  events: Events
  peers: ReadonlyMap<string, Peer>
  retry: { firstMs: number; longestMs: number }
}

/** Longer than the peer may take for one instance; renewed with each. */
const leaseMs = (peer: Peer) => 3 * peer.timeoutMs + 5000

/** Offers a destination, on one association, what it is owed of a study. What it took is never offered again. */
export async function deliverResult(deps: Deps, studyId: StudyId, destination: string): Promise<void> {
  const peer = deps.peers.get(destination)
  if (!peer) return
  const claims = await claimDeliveries(deps.db, studyId, destination, leaseMs(peer))
  const [first] = claims
  if (!first) return
  const startedAt = performance.now()
  const owed = new Map(claims.map((claim) => [claim.sopInstanceUid, claim]))
  const settled: Settled[] = []
  const take = async (claim: DeliveryClaim | undefined, outcome: StoreOutcome) => {
    if (!claim) return
    owed.delete(claim.sopInstanceUid)
    settled.push(await settle(deps, claim, outcome))
    await extendDeliveryLease(
      deps.db,
      [...owed.values()].map(({ deliveryId }) => deliveryId),
      leaseMs(peer),
    )
  }
  try {
    const instances = claims.map((claim) => toInstance(deps.files, claim))
    await storeInstances(peer, instances, ({ sopInstanceUid }, outcome) => take(owed.get(sopInstanceUid), outcome))
  } catch (error) {
    for (const claim of [...owed.values()]) await take(claim, asFailure(error, 'INTERNAL'))
  }
  const { studyInstanceUid } = first
  tell(deps.events, settled, { studyInstanceUid, destination, durationMs: performance.now() - startedAt })
}

const toInstance = (files: InstanceFiles, { sopClassUid, sopInstanceUid, transferSyntaxUid, file }: DeliveryClaim) => ({
  path: files.resultPath(file),
  sopClassUid,
  sopInstanceUid,
  transferSyntaxUid,
})

/** Without a failure the destination has the instance; without a delay it is not offered again. */
type Settled = { failure?: Failure; delayMs?: number }

/** Turns an answer into the delivery's next state. */
async function settle({ db, retry }: Deps, claim: DeliveryClaim, outcome: StoreOutcome): Promise<Settled> {
  const { deliveryId, attempts } = claim
  const answered = outcome instanceof Failure ? undefined : outcome
  const failure = outcome instanceof Failure ? outcome : statusFailure(outcome.status)
  if (!failure) {
    await recordDelivered(db, deliveryId, answered?.status ?? 0)
    return {}
  }
  const comment = answered?.comment ? `${failure.message}: ${answered.comment}` : failure.message
  const reason = { reasonCode: failure.code, status: answered?.status, comment }
  if (failure.retry === 'permanent') {
    await refuseDelivery(db, deliveryId, reason)
    return { failure }
  }
  const delayMs = backoffMs(attempts, retry.firstMs, retry.longestMs)
  await deferDeliveries(db, [deliveryId], delayMs, reason)
  return { failure, delayMs }
}

type Told = { studyInstanceUid: string; destination: string; durationMs: number }

/** One event for all that went the same way. */
function tell(events: Events, settled: readonly Settled[], { studyInstanceUid, destination, durationMs }: Told): void {
  const sent = settled.filter(({ failure }) => !failure).length
  if (sent > 0) events.delivered(destination, studyInstanceUid, sent, durationMs)
  const wayOf = ({ failure, delayMs }: Settled) => `${failure?.code} ${delayMs === undefined}`
  const ways = new Map(settled.map((each) => [wayOf(each), each]))
  for (const [way, { failure, delayMs }] of ways) {
    const count = settled.filter((each) => wayOf(each) === way).length
    if (failure && delayMs !== undefined)
      events.deliveryDeferred(destination, studyInstanceUid, count, failure, delayMs)
    else if (failure) events.deliveryRefused(destination, studyInstanceUid, count, failure)
  }
}
