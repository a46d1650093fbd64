import { sql } from 'kysely'
import type { StudyId, Uid } from '../study/identifiers.ts'
import type { ResultKind } from '../study/result-object.ts'
import type { Db, Result } from './schema.ts'

export type NewResult = {
  readonly sopInstanceUid: Uid
  readonly sopClassUid: Uid
  readonly seriesInstanceUid: Uid
  readonly transferSyntaxUid: Uid
  readonly kind: ResultKind
  /** The finding a heat map shows; null for a report. */
  readonly label: string | null
  /** Its name in the result store, made from its content. */
  readonly file: string
  readonly sha256: string
  readonly bytes: number
  /** The result it stands in for where a peer does not take that one's SOP class. */
  readonly alternativeOf?: Uid | null
  /** The destinations that want it; every destination when absent. */
  readonly wantedBy?: readonly string[]
}

/** A result's bytes are saved once: one whose SOP Instance UID is known stays as it was. */
export async function insertResults(
  db: Db,
  studyId: StudyId,
  analysisId: string | null,
  results: readonly NewResult[],
): Promise<void> {
  if (results.length === 0) return
  await db
    .insertInto('result')
    .values(
      results.map(({ wantedBy: _, alternativeOf = null, ...result }) => ({
        ...result,
        alternativeOf,
        studyId,
        analysisId,
      })),
    )
    .onConflict((conflict) => conflict.column('sopInstanceUid').doNothing())
    .execute()
}

/** Those of the SOP Instance UIDs that are results of ours. */
export async function findKnownResults(db: Db, sopInstanceUids: readonly Uid[]): Promise<Result[]> {
  if (sopInstanceUids.length === 0) return []
  return db.selectFrom('result').selectAll().where('sopInstanceUid', 'in', sopInstanceUids).orderBy('id').execute()
}

/** Those of the names of files that neither a result nor a heat map has. */
export async function findUnnamedFiles(db: Db, files: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ file: string }>`
    select each.file from unnest(${files}::text[]) as each (file)
    where not exists (select from result where result.file = each.file)
      and not exists (select from heat_map where heat_map.file = each.file)`.execute(db)
  return rows.map(({ file }) => file)
}

/** What may be sent in the stead of these, best first. */
export async function findAlternatives(db: Db, sopInstanceUids: readonly Uid[]): Promise<Result[]> {
  if (sopInstanceUids.length === 0) return []
  return db.selectFrom('result').selectAll().where('alternativeOf', 'in', sopInstanceUids).orderBy('id').execute()
}
