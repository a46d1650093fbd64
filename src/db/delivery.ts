import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { StudyId, Uid } from '../study/identifiers.ts'
import type { Routed } from '../study/routing.ts'
import type { NewResult } from './result.ts'
import type { Db, Result } from './schema.ts'
import { ago, fromNow, now } from './time.ts'

/** The right to send one result to one destination, until the lease ends. `attempts` counts this one. */
export type DeliveryClaim = Result & {
  readonly deliveryId: string
  readonly destination: string
  readonly attempts: number
  readonly studyInstanceUid: Uid
  /** A person said to send it whatever the destination says of patient and order. */
  readonly released: boolean
  /** How long it has been offered, in milliseconds. */
  readonly owedForMs: number
  /** No byte of it was offered before, as far as is known. */
  readonly firstOffer: boolean
}

export type DeliveryReason = {
  readonly reasonCode: string
  /** The DIMSE status answered, if one was. */
  readonly status?: number | undefined
  /** The peer's Error Comment (0000,0902), or ours. No patient data. */
  readonly comment?: string | undefined
  /** Whether the destination may hold it from this offer; undefined: as before. */
  readonly mayHold?: boolean | undefined
}

/** Owes each result to those of the destinations that want it, once; one that stands in for another to none by itself. */
export async function oweResults(
  db: Db,
  results: readonly NewResult[],
  { destinations, urgency }: Pick<Routed, 'destinations' | 'urgency'>,
): Promise<void> {
  const owed = results.flatMap(({ sopInstanceUid, alternativeOf, wantedBy = alternativeOf ? [] : destinations }) =>
    destinations.filter((name) => wantedBy.includes(name)).map((destination) => ({ sopInstanceUid, destination })),
  )
  await sql`
    insert into delivery (result_id, destination, urgency)
    select result.id, destination, ${urgency}
    from result join unnest(
      ${owed.map(({ sopInstanceUid }) => sopInstanceUid)}::text[], ${owed.map(({ destination }) => destination)}::text[]
    ) with ordinality as owed (uid, destination, place) on sop_instance_uid = uid
    order by place
    on conflict (result_id, destination) do nothing`.execute(db)
}

/** What is superseded or recalled is not sent any more, also before it is marked as withdrawn. */
const isWanted = sql<SqlBool>`superseded_at is null and recall_id is null`

/**
 * The study to send to the destination now, leaving out those at work: a finding that cannot wait first, then other
 * findings, then the rest; the oldest results first among each.
 */
export async function findNextDelivery(
  db: Db,
  destination: string,
  busy: readonly StudyId[],
): Promise<StudyId | undefined> {
  const due = db
    .selectFrom('delivery')
    .innerJoin('result', 'result.id', 'delivery.resultId')
    .where('delivery.state', '=', 'owed')
    .where('delivery.dueAt', '<=', now())
    .where('destination', '=', destination)
    .where(isWanted)
  const next = await (busy.length > 0 ? due.where('studyId', 'not in', busy) : due)
    .select('studyId')
    .orderBy('urgency')
    .orderBy('resultId')
    .limit(1)
    .executeTakeFirst()
  return next?.studyId
}

const OFFERED = sql<Date>`coalesce(offered_at, now())`

/** What an association was lost over before; offered last, so that it keeps the destination from no other. */
const DISTURBING = ['ASSOCIATION_ABORTED', 'PEER_SILENT']

/**
 * Takes up for `leaseMs` all results of the study due at the destination; what another process has is left to it. They
 * count as offered from here on, so that a kill after the first byte cannot hide it; whoever settles one of which
 * nothing was sent takes that back.
 */
export async function claimDeliveries(
  db: Db,
  studyId: StudyId,
  destination: string,
  leaseMs: number,
): Promise<DeliveryClaim[]> {
  return db
    .with('claimed', (cte) =>
      cte
        .updateTable('delivery')
        .set((set) => ({ dueAt: fromNow(leaseMs), underWay: true, attempts: set('attempts', '+', 1) }))
        .set({ offeredAt: OFFERED })
        .where('id', 'in', (due) =>
          due
            .selectFrom('delivery')
            .innerJoin('result', 'result.id', 'delivery.resultId')
            .where('studyId', '=', studyId)
            .where('destination', '=', destination)
            .where('delivery.state', '=', 'owed')
            .where('delivery.dueAt', '<=', now())
            .where(isWanted)
            .select('delivery.id')
            .forUpdate('delivery')
            .skipLocked(),
        )
        .returning(['id as deliveryId', 'resultId', 'destination', 'attempts', 'released', 'owedAt', 'reasonCode'])
        .returning(sql<boolean>`offered_at = now()`.as('firstOffer')),
    )
    .selectFrom('claimed')
    .innerJoin('result', 'result.id', 'claimed.resultId')
    .innerJoin('study', 'study.id', 'result.studyId')
    .selectAll('result')
    .select(['deliveryId', 'destination', 'claimed.attempts', 'released', 'studyInstanceUid', 'firstOffer'])
    .select(sql<number>`(extract(epoch from now() - owed_at) * 1000)::float8`.as('owedForMs'))
    .orderBy(sql`coalesce(claimed.reason_code = any(${DISTURBING}), false)`)
    .orderBy('result.id')
    .execute()
}

/** Keeps what is still owed of these for `leaseMs` more. */
export async function extendDeliveryLease(db: Db, deliveryIds: readonly string[], leaseMs: number): Promise<void> {
  if (deliveryIds.length === 0) return
  await db
    .updateTable('delivery')
    .set({ dueAt: fromNow(leaseMs) })
    .where('id', 'in', deliveryIds)
    .where('state', '=', 'owed')
    .execute()
}

export type Taking = {
  readonly status: number
  /** What was taken: the result, or one that stands in for it. */
  readonly resultId: string
  /** A result is late when it is taken so long after it was made. */
  readonly lateMs: number
  /** For how long to ask whether it was kept; undefined for a destination that is not asked. */
  readonly confirmWithinMs: number | undefined
  /** It was never offered before: what it holds is what it took now, and nothing in doubt. */
  readonly firstOffer?: boolean
}

/**
 * The destination has taken it; also what was withdrawn while it was on its way, so that it is rejected there. Undefined
 * when it was settled otherwise.
 */
export async function recordSent(db: Db, deliveryId: string, taking: Taking): Promise<{ late: boolean } | undefined> {
  const { status, resultId, lateMs, confirmWithinMs, firstOffer = false } = taking
  const asking = confirmWithinMs === undefined ? null : now()
  return db
    .updateTable('delivery')
    .from('result')
    .whereRef('result.id', '=', 'delivery.resultId')
    .set({ state: 'sent', sentAt: now(), sentResultId: resultId, dueAt: asking, underWay: false })
    .set({ status, reasonCode: null, comment: null, questions: 0, askedAt: null })
    .set({ confirmUntil: confirmWithinMs === undefined ? null : fromNow(confirmWithinMs) })
    .set({ late: sql<boolean>`created_at < ${ago(lateMs)}`, ...(firstOffer && { offeredAt: null }) })
    .where('delivery.id', '=', deliveryId)
    .where('state', 'in', ['owed', 'withdrawn'])
    .returning('late')
    .executeTakeFirst()
}

const because = ({ reasonCode, status, comment, mayHold }: DeliveryReason) => ({
  ...{ reasonCode, status: status ?? null, comment: comment ?? null },
  ...(mayHold !== undefined && { offeredAt: mayHold ? OFFERED : null }),
  underWay: false,
})

/** Tries again after `delayMs`. False when it was not owed (any more). */
export async function deferDelivery(db: Db, deliveryId: string, delayMs: number, reason: DeliveryReason) {
  return changeOwed(db, deliveryId, { dueAt: fromNow(delayMs), ...because(reason) })
}

/** The destination will never take it. False when it was not owed (any more). */
export async function refuseDelivery(db: Db, deliveryId: string, reason: DeliveryReason) {
  return changeOwed(db, deliveryId, { state: 'refused', dueAt: null, ...because(reason) })
}

/** A person must decide. False when it was not owed (any more). */
export async function holdDelivery(db: Db, deliveryId: string, reason: DeliveryReason) {
  return changeOwed(db, deliveryId, { state: 'held', dueAt: null, ...because(reason) })
}

type Change = ReturnType<typeof because> & { dueAt: RawBuilder<Date> | null; state?: 'refused' | 'held' }

async function changeOwed(db: Db, deliveryId: string, change: Change): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('delivery')
    .set(change)
    .where('id', '=', deliveryId)
    .where('state', '=', 'owed')
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** What waits at a destination for one of these reasons is due now. How many were. */
export async function hastenDeliveries(db: Db, destination: string, reasonCodes: readonly string[]): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('delivery')
    .set({ dueAt: now() })
    .where('destination', '=', destination)
    .where('state', '=', 'owed')
    .where('underWay', '=', false)
    .where('dueAt', '>', now())
    .where('reasonCode', 'in', reasonCodes)
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows)
}
