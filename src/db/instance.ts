import { sql } from 'kysely'
import type { AeTitle, StudyId, Uid } from '../study/identifiers.ts'
import type { Db, Instance } from './schema.ts'
import { now } from './time.ts'

export type NewInstance = {
  /** A UUID; names the file. */
  readonly id: string
  readonly sopClassUid: Uid
  readonly sopInstanceUid: Uid
  readonly studyInstanceUid: Uid
  readonly seriesInstanceUid: Uid
  readonly transferSyntaxUid: Uid
  readonly callingAeTitle: AeTitle
  readonly calledAeTitle: AeTitle
  readonly bytes: number
  /** Of the data set, without file meta information: 64 lower-case hexadecimal digits. */
  readonly sha256: string
  readonly receivedAt: Date
}

/**
 * stored: now ours. recorded: this very id was stored before. duplicate: the same SOP Instance with the same bytes is
 * held under another id. conflict: the same SOP Instance UID is held with other bytes.
 */
type RecordOutcome = 'stored' | 'recorded' | 'duplicate' | 'conflict'
export type Recorded = {
  readonly outcome: RecordOutcome
  /** The id under which the SOP Instance is held, and where it belongs. */
  readonly id: string
  readonly studyId: StudyId
  readonly revision: number
}

/** Records an instance and its study in one transaction; a study that was complete is opened again as its next revision. */
export async function recordInstance(db: Db, instance: NewInstance): Promise<Recorded> {
  const transaction = await db.startTransaction().execute()
  try {
    const { id: studyId, revision } = await openStudy(transaction, instance.studyInstanceUid)
    if (await insertInstance(transaction, instance, studyId, revision)) {
      await transaction.commit().execute()
      return { outcome: 'stored', id: instance.id, studyId, revision }
    }
    await transaction.rollback().execute()
  } catch (error) {
    if (!transaction.isCommitted && !transaction.isRolledBack)
      await transaction
        .rollback()
        .execute()
        .catch(() => {})
    throw error
  }
  const held = await findHeld(db, instance)
  return { outcome: compare(held, instance), id: held.id, studyId: held.studyId, revision: held.revision }
}

/** Locks the study's row, so that several receivers with instances of one study take turns. */
async function openStudy(db: Db, studyInstanceUid: Uid) {
  const whenReopened = <T>(then: T, otherwise: string) =>
    sql<never>`case when study.state = 'receiving' then ${sql.ref(`study.${otherwise}`)} else ${then} end`
  return db
    .insertInto('study')
    .values({ studyInstanceUid })
    .onConflict((conflict) =>
      conflict.column('studyInstanceUid').doUpdateSet({
        revision: sql`study.revision + (study.state <> 'receiving')::integer`,
        openedAt: whenReopened(now(), 'openedAt'),
        attempts: whenReopened(sql`0`, 'attempts'),
        lastInstanceAt: now(),
        state: 'receiving',
        completedAt: null,
        finishedAt: null,
        reasonCode: null,
        reason: null,
        dueAt: null,
      }),
    )
    .returning(['id', 'revision'])
    .executeTakeFirstOrThrow()
}

async function insertInstance(db: Db, instance: NewInstance, studyId: StudyId, revision: number): Promise<boolean> {
  const { studyInstanceUid: _, ...columns } = instance
  const inserted = await db
    .insertInto('instance')
    .values({ ...columns, studyId, revision })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  return inserted.numInsertedOrUpdatedRows === 1n
}

async function findHeld(db: Db, { id, sopInstanceUid }: NewInstance): Promise<Instance> {
  return db
    .selectFrom('instance')
    .selectAll()
    .where((where) => where.or([where('sopInstanceUid', '=', sopInstanceUid), where('id', '=', id)]))
    .orderBy((order) => order('sopInstanceUid', '=', sopInstanceUid), 'desc')
    .executeTakeFirstOrThrow()
}

function compare(held: Instance, instance: NewInstance): RecordOutcome {
  if (held.sopInstanceUid !== instance.sopInstanceUid || held.sha256 !== instance.sha256) return 'conflict'
  return held.id === instance.id ? 'recorded' : 'duplicate'
}

/** All instances of a study, of every revision, in the order in which they arrived. */
export async function findInstances(db: Db, studyId: StudyId): Promise<Instance[]> {
  return db
    .selectFrom('instance')
    .selectAll()
    .where('studyId', '=', studyId)
    .orderBy('receivedAt')
    .orderBy('sopInstanceUid')
    .execute()
}
