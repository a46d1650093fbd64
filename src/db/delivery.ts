import { sql } from 'kysely'
import type { StudyId, Uid } from '../study/identifiers.ts'
import type { NewResult } from './result.ts'
import type { Db, Result } from './schema.ts'
import { fromNow, now } from './time.ts'

/** Results of one study due at a destination. `attempts` rises with every time they were taken up. */
export type DueDelivery = { readonly studyId: StudyId; readonly attempts: number }

/** The right to send one result to one destination, until the lease ends. `attempts` counts this one. */
export type DeliveryClaim = Result & {
  readonly deliveryId: string
  readonly destination: string
  readonly attempts: number
  readonly studyInstanceUid: Uid
}

export type DeliveryReason = {
  readonly reasonCode: string
  /** The DIMSE status answered, if one was. */
  readonly status?: number | undefined
  /** The peer's Error Comment (0000,0902), or ours. No patient data. */
  readonly comment?: string | undefined
}

/** Owes each result to those of the destinations that want it, once; one that stands in for another to none by itself. */
export async function oweResults(db: Db, results: readonly NewResult[], destinations: readonly string[]) {
  const owed = results.flatMap(({ sopInstanceUid, alternativeOf, wantedBy = alternativeOf ? [] : destinations }) =>
    destinations.filter((name) => wantedBy.includes(name)).map((destination) => ({ sopInstanceUid, destination })),
  )
  await sql`
    insert into delivery (result_id, destination)
    select result.id, destination
    from result join unnest(
      ${owed.map(({ sopInstanceUid }) => sopInstanceUid)}::text[], ${owed.map(({ destination }) => destination)}::text[]
    ) with ordinality as owed (uid, destination, place) on sop_instance_uid = uid
    order by place
    on conflict (result_id, destination) do nothing`.execute(db)
}

/** What may be sent to the destination now, longest due first. */
export async function findDeliveriesDue(db: Db, destination: string, limit: number): Promise<DueDelivery[]> {
  return db
    .selectFrom('delivery')
    .innerJoin('result', 'result.id', 'delivery.resultId')
    .where('delivery.dueAt', '<=', now())
    .where('delivery.state', '=', 'owed')
    .where('destination', '=', destination)
    .groupBy('studyId')
    .select(['studyId', (select) => select.fn.max('attempts').as('attempts')])
    .orderBy((order) => order.fn.min('delivery.dueAt'))
    .limit(limit)
    .execute()
}

/** Takes up for `leaseMs` all results of the study due at the destination; what another process has is left to it. */
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
        .set((set) => ({ dueAt: fromNow(leaseMs), attempts: set('attempts', '+', 1) }))
        .where('id', 'in', (due) =>
          due
            .selectFrom('delivery')
            .innerJoin('result', 'result.id', 'delivery.resultId')
            .where('studyId', '=', studyId)
            .where('destination', '=', destination)
            .where('delivery.state', '=', 'owed')
            .where('delivery.dueAt', '<=', now())
            .select('delivery.id')
            .forUpdate('delivery')
            .skipLocked(),
        )
        .returning(['id as deliveryId', 'resultId', 'destination', 'attempts']),
    )
    .selectFrom('claimed')
    .innerJoin('result', 'result.id', 'claimed.resultId')
    .innerJoin('study', 'study.id', 'result.studyId')
    .selectAll('result')
    .select(['deliveryId', 'destination', 'claimed.attempts', 'studyInstanceUid'])
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

/** The destination has it. False when it was not owed (any more). */
export async function recordDelivered(db: Db, deliveryId: string, status: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('delivery')
    .set({ state: 'sent', sentAt: now(), dueAt: null, status, reasonCode: null, comment: null })
    .where('id', '=', deliveryId)
    .where('state', '=', 'owed')
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Tries again after `delayMs`. How many were still owed. */
export async function deferDeliveries(
  db: Db,
  deliveryIds: readonly string[],
  delayMs: number,
  { reasonCode, status, comment }: DeliveryReason,
): Promise<number> {
  if (deliveryIds.length === 0) return 0
  const { numUpdatedRows } = await db
    .updateTable('delivery')
    .set({ dueAt: fromNow(delayMs), reasonCode, status: status ?? null, comment: comment ?? null })
    .where('id', 'in', deliveryIds)
    .where('state', '=', 'owed')
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows)
}

/** The destination will never take it. False when it was not owed (any more). */
export async function refuseDelivery(db: Db, deliveryId: string, reason: DeliveryReason): Promise<boolean> {
  const { reasonCode, status, comment } = reason
  const { numUpdatedRows } = await db
    .updateTable('delivery')
    .set({ state: 'refused', dueAt: null, reasonCode, status: status ?? null, comment: comment ?? null })
    .where('id', '=', deliveryId)
    .where('state', '=', 'owed')
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}
