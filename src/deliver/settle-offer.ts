import { type DeliveryClaim, deferDelivery, holdDelivery, recordSent, refuseDelivery } from '../db/delivery.ts'
import { recordAnswer } from '../db/delivery-answer.ts'
import type { Db } from '../db/schema.ts'
import { Failure, type FailureCode } from '../failure.ts'
import { backoffMs } from '../study/backoff.ts'
import type { Outcome } from './courier.ts'

export type OfferSettings = {
  readonly retry: { readonly firstMs: number; readonly longestMs: number }
  /** What was not taken within this time is not offered any longer. */
  readonly giveUpMs: number
  /** A result is late when it is taken so long after it was made. */
  readonly lateMs: number
  /** For how long to ask whether it was kept. */
  readonly confirmWithinMs: number
}

/** What became of a delivery. */
export type Settled =
  | { readonly way: 'sent'; readonly late: boolean; readonly failure?: undefined }
  | { readonly way: 'deferred'; readonly failure: Failure; readonly delayMs: number; readonly answered: boolean }
  | { readonly way: 'refused' | 'held'; readonly failure: Failure; readonly answered: boolean }

/** What goes wrong before a byte of a result is sent. */
const BEFORE_IT: readonly FailureCode[] = [
  'ASSOCIATION_REJECTED',
  'ASSOCIATION_REJECTED_TRANSIENT',
  'IDENTITY_MISMATCH',
  'PEER_UNREACHABLE',
  'SOP_CLASS_REFUSED',
  'TLS_FAILED',
]

/** Whether the destination may hold what it did not take; undefined: as before this offer. */
function mayHold({ firstOffer }: DeliveryClaim, { failure, unsent }: Outcome): boolean | undefined {
  if (!unsent && failure && !BEFORE_IT.includes(failure.code)) return true
  return firstOffer ? false : undefined
}

type Options = OfferSettings & { readonly chance: number; readonly confirms: boolean }

/** Turns an outcome into the delivery's next state, and keeps the answer. */
export async function settleOffer(
  db: Db,
  claim: DeliveryClaim,
  outcome: Outcome,
  { retry, giveUpMs, lateMs, confirmWithinMs, chance, confirms }: Options,
): Promise<Settled> {
  const { deliveryId } = claim
  const { failure, status, instead } = outcome
  await keepAnswer(db, claim, outcome)
  if (!failure) {
    const taking = { status: status ?? 0, resultId: instead?.id ?? claim.id, lateMs, firstOffer: claim.firstOffer }
    const sent = await recordSent(db, deliveryId, {
      ...taking,
      confirmWithinMs: confirms ? confirmWithinMs : undefined,
    })
    return { way: 'sent', late: sent?.late ?? false }
  }
  const answered = status !== undefined
  const comment = outcome.comment ? `${failure.message}: ${outcome.comment}` : failure.message
  const reason = { reasonCode: failure.code, status, comment, mayHold: mayHold(claim, outcome) }
  if (failure.code === 'IDENTITY_MISMATCH') {
    await holdDelivery(db, deliveryId, reason)
    return { way: 'held', failure, answered }
  }
  if (failure.retry === 'permanent') {
    await refuseDelivery(db, deliveryId, reason)
    return { way: 'refused', failure, answered }
  }
  if (claim.owedForMs >= giveUpMs) {
    const given = new Failure('ATTEMPTS_EXHAUSTED', `not taken in ${Math.round(giveUpMs / 3_600_000)} h: ${comment}`)
    await refuseDelivery(db, deliveryId, { ...reason, reasonCode: given.code, comment: given.message })
    return { way: 'refused', failure: given, answered }
  }
  const backoff = backoffMs(claim.attempts, retry.firstMs, retry.longestMs, () => chance)
  const delayMs = Math.max(backoff, failure.retryAfterMs ?? 0)
  await deferDelivery(db, deliveryId, delayMs, reason)
  return { way: 'deferred', failure, delayMs, answered }
}

async function keepAnswer(db: Db, claim: DeliveryClaim, { failure, status, comment, instead }: Outcome): Promise<void> {
  const question = failure?.code === 'IDENTITY_MISMATCH' ? 'identity' : 'store'
  const { sopClassUid } = instead ?? claim
  const words = comment || failure?.message
  await recordAnswer(db, claim.deliveryId, { question, sopClassUid, status, reasonCode: failure?.code, comment: words })
}
