import { sql } from 'kysely'
import type { Uid } from '../study/identifiers.ts'
import type { DeliveryReason } from './delivery.ts'
import type { Confirmer } from './delivery-tables.ts'
import type { Db, Result } from './schema.ts'
import { fromNow, now } from './time.ts'

/** What a destination took and may have kept: the result that was sent, or the one sent in its stead. */
export type Taken = Result & {
  readonly deliveryId: string
  readonly studyInstanceUid: Uid
  /** When a storage commitment request for it was last sent and not reported on yet. */
  readonly askedAt: Date | null
  /** How often it was asked for; this one counts. */
  readonly questions: number
  readonly losses: number
  /** How long ago it was taken, in milliseconds. */
  readonly sentForMs: number
  /** No more to be asked after this time. */
  readonly overdue: boolean
}

const age = sql<number>`(extract(epoch from now() - sent_at) * 1000)::float8`
const overdue = sql<boolean>`coalesce(confirm_until <= now(), false)`
const sentResult = sql<string>`coalesce(sent_result_id, result_id)`

/** Takes up for `leaseMs` what the destination took, whether it kept it is not known, and it is due to be asked. */
export async function claimTaken(db: Db, destination: string, limit: number, leaseMs: number): Promise<Taken[]> {
  return db
    .with('claimed', (cte) =>
      cte
        .updateTable('delivery')
        .set((set) => ({ dueAt: fromNow(leaseMs), questions: set('questions', '+', 1) }))
        .where('id', 'in', (due) =>
          due
            .selectFrom('delivery')
            .where('destination', '=', destination)
            .where('state', '=', 'sent')
            .where('dueAt', '<=', now())
            .orderBy('dueAt')
            .limit(limit)
            .select('id')
            .forUpdate()
            .skipLocked(),
        )
        .returning(['id as deliveryId', sentResult.as('sentResultId'), 'askedAt', 'questions', 'losses'])
        .returning([age.as('sentForMs'), overdue.as('overdue')]),
    )
    .selectFrom('claimed')
    .innerJoin('result', 'result.id', 'claimed.sentResultId')
    .innerJoin('study', 'study.id', 'result.studyId')
    .selectAll('result')
    .select(['deliveryId', 'studyInstanceUid', 'askedAt', 'questions', 'losses', 'sentForMs', 'overdue'])
    .orderBy('result.id')
    .execute()
}

/** Of what a storage commitment request was sent for: what the destination had taken by then and not said that it has. */
export async function findReported(db: Db, transactionUid: Uid, sopInstanceUids: readonly Uid[]): Promise<Taken[]> {
  if (sopInstanceUids.length === 0) return []
  return db
    .selectFrom('commitmentRequest')
    .innerJoin('delivery', 'delivery.destination', 'commitmentRequest.destination')
    .innerJoin('result', (join) => join.on((on) => on(sentResult, '=', on.ref('result.id'))))
    .innerJoin('study', 'study.id', 'result.studyId')
    .where('transactionUid', '=', transactionUid)
    .where('delivery.state', 'in', ['sent', 'unconfirmed'])
    .whereRef('sentAt', '<=', 'requestedAt')
    .where('sopInstanceUid', 'in', sopInstanceUids)
    .selectAll('result')
    .select(['delivery.id as deliveryId', 'studyInstanceUid', 'askedAt', 'questions', 'losses'])
    .select([age.as('sentForMs'), overdue.as('overdue')])
    .orderBy('result.id')
    .execute()
}

const settled = { dueAt: null, askedAt: null }

/** The destination says that it has it. False when that was no longer the question. */
export async function confirmDelivery(db: Db, deliveryId: string, confirmedBy: Confirmer): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('delivery')
    .set({ state: 'confirmed', confirmedAt: now(), confirmedBy, reasonCode: null, comment: null, ...settled })
    .where('id', '=', deliveryId)
    .where('state', 'in', ['sent', 'unconfirmed'])
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

type Change = {
  dueAt: ReturnType<typeof now> | null
  askedAt: ReturnType<typeof now> | null
  state?: 'unconfirmed'
  reasonCode?: string
  comment?: string
}

async function changeSent(db: Db, deliveryId: string, change: Change): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('delivery')
    .set(change)
    .where('id', '=', deliveryId)
    .where('state', '=', 'sent')
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** It was asked for, and is due again unless a report comes within `reportWithinMs`. */
export async function recordAsked(db: Db, deliveryId: string, reportWithinMs: number): Promise<boolean> {
  return changeSent(db, deliveryId, { dueAt: fromNow(reportWithinMs), askedAt: now() })
}

/** There was no answer to live by; it is asked for again after `delayMs`. */
export async function askLater(db: Db, deliveryId: string, delayMs: number): Promise<boolean> {
  return changeSent(db, deliveryId, { dueAt: fromNow(delayMs), askedAt: null })
}

/** The destination is not asked any more, by configuration: that it took them is all there is to know. */
export async function stopAsking(db: Db, destination: string): Promise<void> {
  await db
    .updateTable('delivery')
    .set(settled)
    .where('destination', '=', destination)
    .where('state', '=', 'sent')
    .where('dueAt', 'is not', null)
    .execute()
}

/** Nobody can tell whether the destination kept it. */
export async function leaveUnconfirmed(db: Db, deliveryId: string, { reasonCode, comment = '' }: DeliveryReason) {
  return changeSent(db, deliveryId, { state: 'unconfirmed', ...settled, reasonCode, comment })
}

/** The destination lost it; it is offered again after `delayMs`, or, without, not by itself. */
export async function loseDelivery(db: Db, deliveryId: string, reason: DeliveryReason, delayMs?: number) {
  const { numUpdatedRows } = await db
    .updateTable('delivery')
    .set({ state: delayMs === undefined ? 'refused' : 'owed', dueAt: delayMs === undefined ? null : fromNow(delayMs) })
    .set((set) => ({ losses: set('losses', '+', 1), sentAt: null, sentResultId: null, askedAt: null }))
    // It took it once: what it does not find today it may show tomorrow.
    .set({ offeredAt: sql<Date>`coalesce(offered_at, sent_at)` })
    .set({ reasonCode: reason.reasonCode, status: reason.status ?? null, comment: reason.comment ?? null })
    .where('id', '=', deliveryId)
    .where('state', 'in', ['sent', 'unconfirmed'])
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}
