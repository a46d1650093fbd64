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

/** Under which id content is held, and its SHA-256. */
export type Content = Pick<Instance, 'id' | 'sha256'>
type Held = Pick<Instance, 'id' | 'sopInstanceUid' | 'sha256' | 'studyId' | 'revision'>

/**
 * Records instances and their studies, all in one transaction, and says what became of each, in the same order. A study
 * that was complete is opened again as its next revision.
 */
export async function recordInstances(db: Db, instances: readonly NewInstance[]): Promise<Recorded[]> {
  const stored = new Set<string>()
  const held: Held[] = []
  for (let left = firstOfEach(instances); left.length > 0; left = left.filter((each) => !heldAs(held, each))) {
    const inserted = await insertTogether(db, left)
    for (const { id } of inserted) stored.add(id)
    held.push(...(inserted.length > 0 ? inserted : await findHeld(db, left)))
  }
  return instances.map((instance) => {
    const one = heldAs(held, instance)
    if (!one) throw new Error('an instance was neither recorded nor held')
    const { id, studyId, revision } = one
    return { outcome: stored.delete(instance.id) ? 'stored' : compare(one, instance), id, studyId, revision }
  })
}

/** As `recordInstances`, of one. */
export async function recordInstance(db: Db, instance: NewInstance): Promise<Recorded> {
  const [recorded] = await recordInstances(db, [instance])
  if (!recorded) throw new Error('an instance was not recorded')
  return recorded
}

/** In one order, so that two receivers at once cannot deadlock. */
function firstOfEach(instances: readonly NewInstance[]): NewInstance[] {
  const first: NewInstance[] = []
  for (const each of instances) if (!heldAs(first, each)) first.push(each)
  return first.sort((a, b) => (a.sopInstanceUid < b.sopInstanceUid ? -1 : 1))
}

/** Under its SOP Instance UID, or else under its id. */
const heldAs = <Known extends { readonly id: string; readonly sopInstanceUid: Uid }>(
  known: readonly Known[],
  { id, sopInstanceUid }: NewInstance,
): Known | undefined =>
  known.find((each) => each.sopInstanceUid === sopInstanceUid) ?? known.find((each) => each.id === id)

/** All of them, or none when one is held already. */
async function insertTogether(db: Db, instances: readonly NewInstance[]): Promise<Held[]> {
  const transaction = await db.startTransaction().execute()
  try {
    const studies = await openStudies(transaction, instances)
    const rows = instances.flatMap(({ studyInstanceUid, ...columns }) => {
      const study = studies.get(studyInstanceUid)
      return study ? [{ ...columns, studyId: study.id, revision: study.revision }] : []
    })
    const inserted = await transaction
      .insertInto('instance')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .returning(['id', 'sopInstanceUid', 'sha256', 'studyId', 'revision'])
      .execute()
    if (inserted.length === instances.length) {
      await transaction.commit().execute()
      return inserted
    }
    await transaction.rollback().execute()
    return []
  } catch (error) {
    if (!transaction.isCommitted && !transaction.isRolledBack)
      await transaction
        .rollback()
        .execute()
        .catch(() => {})
    throw error
  }
}

/** Locks the studies' rows, so that several receivers with instances of one study take turns. */
async function openStudies(db: Db, instances: readonly NewInstance[]) {
  const uids = [...new Set(instances.map(({ studyInstanceUid }) => studyInstanceUid))].sort()
  const whenReopened = <T>(then: T, otherwise: string) =>
    sql<never>`case when study.state = 'receiving' then ${sql.ref(`study.${otherwise}`)} else ${then} end`
  const opened = await db
    .insertInto('study')
    .values(uids.map((studyInstanceUid) => ({ studyInstanceUid })))
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
        unscored: '[]',
      }),
    )
    .returning(['id', 'revision', 'studyInstanceUid'])
    .execute()
  return new Map(opened.map((study) => [study.studyInstanceUid, study]))
}

const findHeld = (db: Db, instances: readonly NewInstance[]): Promise<Held[]> =>
  db
    .selectFrom('instance')
    .select(['id', 'sopInstanceUid', 'sha256', 'studyId', 'revision'])
    .where((where) =>
      where.or([
        where(
          'sopInstanceUid',
          'in',
          instances.map(({ sopInstanceUid }) => sopInstanceUid),
        ),
        where(
          'id',
          'in',
          instances.map(({ id }) => id),
        ),
      ]),
    )
    .execute()

/** The content held under each of these SOP Instance UIDs. Asked for each instance that comes, so as cheap as can be. */
export async function findContent(db: Db, sopInstanceUids: readonly string[]): Promise<Map<string, Content>> {
  const { rows } = await sql<Content & { sopInstanceUid: string }>`
    select id, sop_instance_uid, sha256 from instance where sop_instance_uid = any(${sopInstanceUids})`.execute(db)
  return new Map(rows.map((each) => [each.sopInstanceUid, each]))
}

function compare(held: Held, instance: NewInstance): RecordOutcome {
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
