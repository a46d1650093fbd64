import { type SqlBool, sql } from 'kysely'
import type { StudyId } from '../study/identifiers.ts'
import type { Db } from './schema.ts'
import { ago, now } from './time.ts'

/**
 * Nothing is owed of it: its analysis is over, every delivery is settled, what was recalled is rejected wherever it is
 * held, nobody is about to be told whether we have its instances, and no sender was promised that we keep them (storage
 * commitment).
 */
const isDoneWith = sql<SqlBool>`
  study.state in ('analysed', 'declined', 'failed')
  and not exists (
    select 1 from delivery join result on result.id = delivery.result_id
    where result.study_id = study.id
      and (delivery.state in ('owed', 'held') or (delivery.state = 'sent' and delivery.due_at is not null)))
  and not exists (
    select 1 from result join holding on holding.result_id = result.id
    where result.study_id = study.id and result.recall_id is not null and result.rejected_by is null
      and (result.kind <> 'ORU' or result.superseded_at is null))
  and not exists (
    select 1 from commitment_report report, jsonb_array_elements(report.instances) each
    join instance on instance.sop_instance_uid = each ->> 'sopInstanceUid'
    where instance.study_id = study.id and report.state in ('owed', 'sent'))`

const isHere = sql<SqlBool>`exists (
  select 1 from instance where instance.study_id = study.id and instance.removed_at is null)`

const finished = (db: Db, olderThanMs: number) =>
  db
    .selectFrom('study')
    .select(['study.id', 'studyInstanceUid'])
    .where('finishedAt', '<=', ago(olderThanMs))
    .where(isDoneWith)

/** Whether instances of the study have left by age. */
export async function hasLeft(db: Db, studyId: StudyId): Promise<boolean> {
  const left = db.selectFrom('instance').select('id').where('studyId', '=', studyId).where('removedAt', 'is not', null)
  return (await left.executeTakeFirst()) !== undefined
}

/** Studies that were done with so long ago, of which instances are still here. */
export const findStudiesWithPixels = (db: Db, olderThanMs: number, limit: number) =>
  finished(db, olderThanMs).where(isHere).orderBy('finishedAt').limit(limit).execute()

/** Studies that were done with so long ago, and of which no instance is here any more. */
export const findStudiesForgotten = (db: Db, olderThanMs: number, limit: number) =>
  finished(db, olderThanMs)
    .where((where) => where.not(isHere))
    .orderBy('finishedAt')
    .limit(limit)
    .execute()

/**
 * Lets the study's instances leave: `remove` takes away their files while nobody can open the study again. How many
 * there were; 0 when something is owed of it meanwhile.
 */
export async function removeInstances(
  db: Db,
  id: StudyId,
  olderThanMs: number,
  remove: (instanceIds: string[]) => Promise<void>,
): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    // Before it is asked what is owed: a storage commitment request that comes later is told that they have left.
    const here = transaction
      .selectFrom('instance')
      .select('id')
      .where('studyId', '=', id)
      .where('removedAt', 'is', null)
    const ids = (await here.orderBy('id').forUpdate().execute()).map((instance) => instance.id)
    const study = await finished(transaction, olderThanMs).where('study.id', '=', id).forUpdate().executeTakeFirst()
    // Another receiver may have done it meanwhile.
    if (!study || ids.length === 0) return 0
    // First the files: killed here, it is done again.
    await remove(ids)
    await transaction.updateTable('instance').set({ removedAt: now() }).where('id', 'in', ids).execute()
    return ids.length
  })
}

/** Forgets the study: its rows, after `remove` took its results' files away. false when something is owed of it. */
export async function forgetStudy(
  db: Db,
  id: StudyId,
  olderThanMs: number,
  remove: (resultFiles: string[]) => Promise<void>,
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const study = await finished(transaction, olderThanMs).where('study.id', '=', id).forUpdate().executeTakeFirst()
    if (!study) return false
    const results = await transaction.selectFrom('result').select('file').where('studyId', '=', id).execute()
    const analyses = transaction.selectFrom('analysis').select('id').where('studyId', '=', id)
    const maps = transaction.selectFrom('heatMap').select('file')
    const own = maps.where('analysisId', 'in', analyses)
    // Named for their content: those that are all zero are one file.
    const alone = await own.where('file', 'not in', maps.where('analysisId', 'not in', analyses)).execute()
    await remove([...results, ...alone].map(({ file }) => file))
    await removeRows(transaction, id)
    return true
  })
}

/** In an order in which none refers to one that is gone. */
async function removeRows(db: Db, id: StudyId): Promise<void> {
  const own = sql`(select id from result where study_id = ${id})`
  await sql`delete from delivery where result_id in ${own} or sent_result_id in ${own}`.execute(db)
  await sql`
    update result set rejected_by = null, alternative_of = null, superseded_by = null, superseded_at = null
    where study_id = ${id}`.execute(db)
  for (const table of ['result', 'analysis', 'openAssociation', 'instance'] as const)
    await db.deleteFrom(table).where('studyId', '=', id).execute()
  await db.deleteFrom('study').where('id', '=', id).execute()
}
