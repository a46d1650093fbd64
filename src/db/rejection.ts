import { sql } from 'kysely'
import type { StudyId, Uid } from '../study/identifiers.ts'
import type { RejectionReason } from '../study/rejection.ts'
import { insertResults, type NewResult } from './result.ts'
import type { Db, Result } from './schema.ts'

/** Results of one study that destinations hold, or may hold, and are to hide. */
export type ToReject = {
  readonly studyId: StudyId
  readonly studyInstanceUid: Uid
  /** The recall behind it; null: superseded. */
  readonly recall: { readonly title: RejectionReason; readonly modelId: string; readonly modelVersion: string } | null
  readonly results: readonly Result[]
}

/** A destination that took it, or was offered a byte of it, may have it, whatever it said since. */
const heldBySome = sql<boolean>`exists (select from holding where holding.result_id = result.id)`

/** A message takes the place of an older one at its receiver, unless that does not get it. */
const isReplacedMessage = sql<boolean>`(result.kind = 'ORU' and result.superseded_at is not null and not exists (
  select from holding where holding.result_id = result.id
    and not exists (
      select from result as newer join delivery as other on other.result_id = newer.id
      where newer.study_id = result.study_id and newer.id > result.id and newer.kind = 'ORU'
        and newer.superseded_at is null and newer.recall_id is null
        and other.destination = holding.destination and other.state not in ('refused', 'withdrawn'))))`

/**
 * Results that are recalled or (where `superseded`) superseded, that some destination holds, that no newer message stands
 * in for, and that no note rejects yet: by study and recall.
 */
export async function findToReject(
  db: Db,
  { superseded }: { superseded: boolean },
  limit: number,
): Promise<ToReject[]> {
  const rows = await db
    .selectFrom('result')
    .innerJoin('study', 'study.id', 'result.studyId')
    .leftJoin('recall', 'recall.id', 'result.recallId')
    .where('result.rejectedBy', 'is', null)
    // What the index has.
    .where((where) =>
      where.or([where('result.supersededAt', 'is not', null), where('result.recallId', 'is not', null)]),
    )
    .where('result.kind', '<>', 'REJECTION')
    .where((where) =>
      where.or([
        where('result.recallId', 'is not', null),
        ...(superseded ? [where('result.supersededAt', 'is not', null)] : []),
      ]),
    )
    .where(heldBySome)
    .where((where) => where.not(isReplacedMessage))
    .selectAll('result')
    .select(['studyInstanceUid', 'recall.title', 'recall.modelId', 'recall.modelVersion'])
    .orderBy('result.id')
    .limit(limit)
    .execute()
  const groups = new Map<string, ToReject & { results: Result[] }>()
  for (const { studyInstanceUid, title, modelId, modelVersion, ...result } of rows) {
    const { studyId, recallId } = result
    const recall = title && modelId && modelVersion ? { title, modelId, modelVersion } : null
    const key = `${studyId} ${recallId ?? ''}`
    const group = groups.get(key) ?? { studyId, studyInstanceUid, recall, results: [] }
    group.results.push(result)
    groups.set(key, group)
  }
  return [...groups.values()]
}

/** Keeps a rejection note, owed to every destination that holds what it rejects. */
export async function saveRejection(db: Db, { studyId, results }: ToReject, note: NewResult): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await insertResults(transaction, studyId, null, [note])
    const ids = results.map(({ id }) => id)
    const ofThese = transaction.updateTable('result').where('id', 'in', ids).where('rejectedBy', 'is', null)
    await ofThese.set({ rejectedBy: note.sopInstanceUid }).execute()
    await oweNotes(transaction)
  })
}

/** Owes each note, a recall's before all else, to whoever holds what it rejects, also to those that took it only after the note was made. How many. */
export async function oweNotes(db: Db): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    insert into delivery (result_id, destination, urgency)
    select note.id, holding.destination, min(case when result.recall_id is null then 1 else 0 end)
    from result join result as note on note.sop_instance_uid = result.rejected_by
      join holding on holding.result_id = result.id
    where not exists (
      select from delivery as owed where owed.result_id = note.id and owed.destination = holding.destination)
    group by note.id, holding.destination
    on conflict (result_id, destination) do nothing`.execute(db)
  return Number(numAffectedRows)
}
