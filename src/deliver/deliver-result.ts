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
const leaseMs = (peer: Peer) => 2 * peer.timeoutMs + 30_000

/** Offers a destination, on one association, what it is owed of a study. What it took is never offered again. */
export async function deliverResult(deps: Deps, studyId: StudyId, destination: string): Promise<void> {
  const peer = deps.peers.get(destination)
  if (!peer) return
  const owed = new Map(
    (await claimDeliveries(deps.db, studyId, destination, leaseMs(peer))).map((c) => [c.sopInstanceUid, c]),
  )
  if (owed.size === 0) return
  const startedAt = performance.now()
  let sent = 0
  try {
    await storeInstances(
      peer,
      [...owed.values()].map((claim) => toInstance(deps.files, claim)),
      async (instance, outcome) => {
        const claim = owed.get(instance.sopInstanceUid)
        if (!claim) return
        owed.delete(instance.sopInstanceUid)
        if (await settle(deps, claim, outcome)) sent += 1
        await extendDeliveryLease(
          deps.db,
          [...owed.values()].map(({ deliveryId }) => deliveryId),
          leaseMs(peer),
        )
      },
    )
  } catch (error) {
    const failure = asFailure(error, 'INTERNAL')
    for (const claim of owed.values()) await settle(deps, claim, failure)
  }
  if (sent > 0) deps.events.delivered(destination, studyId, sent, performance.now() - startedAt)
}

const toInstance = (files: InstanceFiles, { sopClassUid, sopInstanceUid, transferSyntaxUid, file }: DeliveryClaim) => ({
  path: files.resultPath(file),
  sopClassUid,
  sopInstanceUid,
  transferSyntaxUid,
})

/** Turns an answer into the delivery's next state; true when the destination has the instance. */
async function settle(deps: Deps, claim: DeliveryClaim, outcome: StoreOutcome): Promise<boolean> {
  const status = outcome instanceof Failure ? undefined : outcome.status
  const failure = outcome instanceof Failure ? outcome : statusFailure(outcome.status)
  if (!failure) return recordDelivered(deps.db, claim.deliveryId, status ?? 0)
  const comment = outcome instanceof Failure ? undefined : outcome.comment
  const words = comment ? `${failure.message}: ${comment}` : failure.message
  const reason = { reasonCode: failure.code, status, comment: words }
  const { destination, studyId, deliveryId } = claim
  if (failure.retry === 'permanent') {
    if (await refuseDelivery(deps.db, deliveryId, reason)) deps.events.deliveryRefused(destination, studyId, failure)
    return false
  }
  const delayMs = backoffMs(claim.attempts, deps.retry.firstMs, deps.retry.longestMs)
  await deferDeliveries(deps.db, [deliveryId], delayMs, reason)
  deps.events.deliveryDeferred(destination, studyId, failure, delayMs)
  return false
}
