import { type Selectable, sql } from 'kysely'
import type { AeTitle, Uid } from '../study/identifiers.ts'
import type { CommitmentReportTable } from './delivery-tables.ts'
import type { Db, Instance } from './schema.ts'
import { ago, fromNow, now } from './time.ts'

export type OwedReport = Pick<
  Selectable<CommitmentReportTable>,
  'id' | 'transactionUid' | 'aeTitle' | 'calledAeTitle' | 'instances' | 'attempts'
> & {
  /** How long ago it was asked for, in milliseconds. */
  readonly owedForMs: number
}

type NewReport = Pick<OwedReport, 'transactionUid' | 'aeTitle' | 'calledAeTitle' | 'instances'>

/** For people who look for what was reported. */
const KEPT_MS = 30 * 86_400_000

/** Owes a sender a storage commitment report; asked again for the same transaction, it is owed again. */
export async function oweCommitmentReport(db: Db, { instances, ...report }: NewReport): Promise<void> {
  const settled = db.deleteFrom('commitmentReport').where('state', '<>', 'owed')
  await settled.where('requestedAt', '<', ago(KEPT_MS)).execute()
  const asked = { instances: JSON.stringify(instances), calledAeTitle: report.calledAeTitle }
  const fresh = {
    state: 'owed',
    dueAt: now(),
    attempts: 0,
    requestedAt: now(),
    sentAt: null,
    reasonCode: null,
  } as const
  await db
    .insertInto('commitmentReport')
    .values({ ...report, ...asked })
    .onConflict((conflict) => conflict.columns(['aeTitle', 'transactionUid']).doUpdateSet({ ...asked, ...fresh }))
    .execute()
}

/** Whom a report is due to be sent to, leaving out those at work; the one who has waited longest. */
export async function findNextReporter(db: Db, busy: readonly AeTitle[]): Promise<AeTitle | undefined> {
  const due = db.selectFrom('commitmentReport').where('state', '=', 'owed').where('dueAt', '<=', now())
  const next = await (busy.length > 0 ? due.where('aeTitle', 'not in', busy) : due)
    .select('aeTitle')
    .orderBy('dueAt')
    .limit(1)
    .executeTakeFirst()
  return next?.aeTitle
}

/** Takes one up for `leaseMs`; undefined when none is due (any more). */
export async function claimCommitmentReport(
  db: Db,
  aeTitle: AeTitle,
  leaseMs: number,
): Promise<OwedReport | undefined> {
  return db
    .updateTable('commitmentReport')
    .set((set) => ({ dueAt: fromNow(leaseMs), attempts: set('attempts', '+', 1) }))
    .where('id', '=', (due) =>
      due
        .selectFrom('commitmentReport')
        .where('aeTitle', '=', aeTitle)
        .where('state', '=', 'owed')
        .where('dueAt', '<=', now())
        .orderBy('dueAt')
        .limit(1)
        .select('id')
        .forUpdate()
        .skipLocked(),
    )
    .returning(['id', 'transactionUid', 'aeTitle', 'calledAeTitle', 'instances', 'attempts'])
    .returning(sql<number>`(extract(epoch from now() - requested_at) * 1000)::float8`.as('owedForMs'))
    .executeTakeFirst()
}

/** It was taken; `failed` of its instances are not ours to keep. */
export async function recordReportSent(db: Db, id: string, failed: number): Promise<void> {
  await db
    .updateTable('commitmentReport')
    .set({ state: 'sent', sentAt: now(), dueAt: null, failed, reasonCode: null, comment: null })
    .where('id', '=', id)
    .where('state', '=', 'owed')
    .execute()
}

/** Sends it again after `delayMs`; without, never. */
export async function deferReport(
  db: Db,
  id: string,
  { reasonCode, comment }: { reasonCode: string; comment: string },
  delayMs?: number,
): Promise<void> {
  const next = delayMs === undefined ? ({ state: 'refused', dueAt: null } as const) : { dueAt: fromNow(delayMs) }
  await db
    .updateTable('commitmentReport')
    .set({ ...next, reasonCode, comment })
    .where('id', '=', id)
    .where('state', '=', 'owed')
    .execute()
}

/** Those of the SOP Instances that have rows, and have not left by age; those that are about to leave have. */
export async function findInstancesByUid(db: Db, sopInstanceUids: readonly Uid[]): Promise<Instance[]> {
  if (sopInstanceUids.length === 0) return []
  return db
    .selectFrom('instance')
    .selectAll()
    .where('sopInstanceUid', '=', sql<Uid>`any(${sopInstanceUids})`)
    .where('removedAt', 'is', null)
    .forShare()
    .execute()
}
