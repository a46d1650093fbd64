import {
  claimDeliveries,
  type DeliveryClaim,
  deferDeliveries,
  extendDeliveryLease,
  recordDelivered,
  refuseDelivery,
} from '../db/delivery.ts'
import { recordAnswer } from '../db/delivery-answer.ts'
import type { Db } from '../db/schema.ts'
import { asFailure, type Failure } from '../failure.ts'
import type { InstanceFiles } from '../files/instance-files.ts'
import type { Events } from '../observe/events.ts'
import { backoffMs } from '../study/backoff.ts'
import type { StudyId } from '../study/identifiers.ts'
import type { Courier, Outcome } from './courier.ts'

export type Deps = {
  db: Db
  files: InstanceFiles
  events: Events
  couriers: ReadonlyMap<string, Courier>
  retry: { firstMs: number; longestMs: number }
}

/** Longer than the destination may take for one instance; renewed with each. */
const leaseMs = ({ patienceMs }: Courier) => patienceMs + 5000

/** Offers a destination what it is owed of a study. What it took is never offered again. */
export async function deliverResult(deps: Deps, studyId: StudyId, destination: string): Promise<void> {
  const courier = deps.couriers.get(destination)
  if (!courier) return
  const claims = await claimDeliveries(deps.db, studyId, destination, leaseMs(courier))
  const [first] = claims
  if (!first) return
  const startedAt = performance.now()
  // One for all, so that what fails together is offered together again.
  const chance = Math.random()
  const owed = new Map(claims.map((claim) => [claim.sopInstanceUid, claim]))
  const settled: Settled[] = []
  const take = async (claim: DeliveryClaim, outcome: Outcome) => {
    owed.delete(claim.sopInstanceUid)
    settled.push(await settle(deps, claim, outcome, chance))
    await extendDeliveryLease(
      deps.db,
      [...owed.values()].map(({ deliveryId }) => deliveryId),
      leaseMs(courier),
    )
  }
  try {
    const offers = claims.map((claim) => ({ ...claim, path: deps.files.resultPath(claim.file) }))
    await courier.offer(offers, take)
  } catch (error) {
    for (const claim of [...owed.values()]) await take(claim, { failure: asFailure(error, 'INTERNAL') })
  }
  const { studyInstanceUid } = first
  tell(deps.events, settled, { studyInstanceUid, destination, durationMs: performance.now() - startedAt })
}

/** Without a failure the destination has the instance; without a delay it is not offered again. */
type Settled = { failure?: Failure; delayMs?: number }

/** Turns an answer into the delivery's next state. */
async function settle({ db, retry }: Deps, claim: DeliveryClaim, outcome: Outcome, chance: number): Promise<Settled> {
  const { deliveryId, attempts, sopClassUid } = claim
  const { failure, status } = outcome
  const answer = { question: 'store', sopClassUid, reasonCode: failure?.code, ...outcome } as const
  await recordAnswer(db, deliveryId, { ...answer, comment: outcome.comment || failure?.message })
  if (!failure) {
    await recordDelivered(db, deliveryId, status ?? 0)
    return {}
  }
  const comment = outcome.comment ? `${failure.message}: ${outcome.comment}` : failure.message
  const reason = { reasonCode: failure.code, status, comment }
  if (failure.retry === 'permanent') {
    await refuseDelivery(db, deliveryId, reason)
    return { failure }
  }
  const delayMs = Math.max(
    backoffMs(attempts, retry.firstMs, retry.longestMs, () => chance),
    failure.retryAfterMs ?? 0,
  )
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
