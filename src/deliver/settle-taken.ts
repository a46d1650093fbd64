import { recordAnswer } from '../db/delivery-answer.ts'
import {
  askLater,
  confirmDelivery,
  leaveUnconfirmed,
  loseDelivery,
  recordAsked,
  type Taken,
} from '../db/delivery-confirm.ts'
import type { Confirmer } from '../db/delivery-tables.ts'
import type { Db } from '../db/schema.ts'
import { Failure } from '../failure.ts'
import { backoffMs } from '../study/backoff.ts'
import type { Confirmation } from './courier.ts'

export type TakenSettings = {
  readonly retry: { readonly firstMs: number; readonly longestMs: number }
  /** A report, or the instance itself, must be there within this time. */
  readonly reportWithinMs: number
  /** So often is it offered again to a destination that loses it. */
  readonly offersAfterLoss: number
}

/** What is known now of something taken; undefined when nothing new is. */
export type Learned = 'confirmed' | 'unconfirmed' | 'lost' | 'refused' | undefined

/** The destination has it. */
export async function settleKept(db: Db, { deliveryId, sopClassUid }: Taken, by: Confirmer): Promise<Learned> {
  await recordAnswer(db, deliveryId, { question: by, sopClassUid, comment: 'kept' })
  return (await confirmDelivery(db, deliveryId, by)) ? 'confirmed' : undefined
}

/** The destination does not have it: it is offered again, a few times and unless `failure` says that this is of no use. */
export async function settleLost(
  db: Db,
  { deliveryId, sopClassUid, losses }: Taken,
  failure: Failure & { readonly status?: number },
  { by, again, settings }: { by: Confirmer; again: boolean; settings: TakenSettings },
): Promise<Learned> {
  const reason = { reasonCode: failure.code, comment: failure.message }
  await recordAnswer(db, deliveryId, { question: by, sopClassUid, ...reason })
  const { retry, offersAfterLoss } = settings
  const offered = again && losses < offersAfterLoss
  const delayMs = offered ? backoffMs(losses + 1, retry.firstMs, retry.longestMs) : undefined
  if (!(await loseDelivery(db, deliveryId, reason, delayMs))) return undefined
  return offered ? 'lost' : 'refused'
}

type Unsure = Extract<Confirmation, { failure: Failure }>

/** A peer's own words come as the cause. */
async function keepAnswer(
  db: Db,
  { deliveryId, sopClassUid }: Taken,
  { failure, by = 'query' }: Unsure,
): Promise<void> {
  const { code: reasonCode, message, cause } = failure
  const comment = typeof cause === 'string' && cause !== '' ? `${message}: ${cause}` : message
  await recordAnswer(db, deliveryId, { question: by, sopClassUid, reasonCode, comment })
}

/** What follows from asking for it. */
export async function settleTaken(
  db: Db,
  taken: Taken,
  confirmation: Confirmation,
  settings: TakenSettings,
): Promise<Learned> {
  const { deliveryId, questions, overdue, sentForMs } = taken
  const { retry, reportWithinMs } = settings
  if (confirmation.presence === 'kept') return settleKept(db, taken, 'query')
  if (confirmation.presence === 'missing' && sentForMs >= reportWithinMs)
    return settleLost(db, taken, confirmation.failure, { by: 'query', again: true, settings })
  if (confirmation.presence === 'asked' && !overdue) {
    await recordAsked(db, deliveryId, reportWithinMs)
    return undefined
  }
  const failure =
    confirmation.presence === 'asked'
      ? new Failure('PEER_SILENT', 'the destination never reported on what it was asked to keep')
      : confirmation.failure
  if (confirmation.presence !== 'asked') await keepAnswer(db, taken, confirmation)
  if (overdue || failure.code === 'SOP_CLASS_REFUSED') {
    const reason = { reasonCode: failure.code, comment: failure.message }
    return (await leaveUnconfirmed(db, deliveryId, reason)) ? 'unconfirmed' : undefined
  }
  await askLater(db, deliveryId, Math.min(reportWithinMs, backoffMs(questions, retry.firstMs, retry.longestMs)))
  return undefined
}
