import { sql } from 'kysely'
import type { StudyId, Uid } from '../study/identifiers.ts'
import type { Db } from './schema.ts'

/** The study's analyses that are current from now on: no other (of their models) is, of none of its models two are. */
export async function makeCurrent(
  db: Db,
  studyId: StudyId,
  analysisIds: readonly string[],
  { of, sparing = [] }: Pick<Superseded, 'of' | 'sparing'>,
): Promise<void> {
  await sql`update analysis set current = false
    where study_id = ${studyId} and current and id <> all(${analysisIds}::bigint[]) and model_id <> all(${sparing}::text[])
      and (${of === 'everything'} or model_id in (select model_id from analysis where id = any(${analysisIds}::bigint[])))`.execute(
    db,
  )
  await sql`update analysis set current = true
    where study_id = ${studyId} and not current and id = any(${analysisIds}::bigint[])`.execute(db)
}

export type Superseded = {
  /** The analyses that now speak for the study; none: a page that says so. */
  readonly by: readonly string[]
  /** Of what: everything that is current, or only pages that say that there is no analysis, with the same models' results. */
  readonly of: 'everything' | 'models' | 'pages'
  /** But nothing of these models. */
  readonly sparing?: readonly string[]
  /** Nor pages that say that there is no analysis. */
  readonly keepsPages?: boolean
}

/**
 * Whatever was current of the study and is not among these results is superseded, and what of it waits to be sent is
 * withdrawn. How many.
 */
export async function supersedeOthers(
  db: Db,
  studyId: StudyId,
  sopInstanceUids: readonly Uid[],
  { by, of, sparing = [], keepsPages = false }: Superseded,
): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    update result set superseded_at = now(), superseded_by = (
      -- The one of the same model, where there is one.
      select newer.id from analysis as newer left join analysis as older on older.id = result.analysis_id
      where newer.id = any(${by}::bigint[]) order by newer.model_id is distinct from older.model_id, newer.id limit 1)
    where study_id = ${studyId} and superseded_at is null and kind <> 'REJECTION'
      and sop_instance_uid <> all(${sopInstanceUids}::text[])
      and (analysis_id is not null or not ${keepsPages})
      and not exists (select from analysis as spared
        where spared.id = result.analysis_id and spared.model_id = any(${sparing}::text[]))
      and (${of === 'everything'} or analysis_id is null or analysis_id in (
        select older.id from analysis as older join analysis as newer on newer.model_id = older.model_id
        where ${of === 'models'} and older.study_id = ${studyId} and newer.id = any(${by}::bigint[])))`.execute(db)
  if (numAffectedRows > 0n) await withdrawStale(db)
  return Number(numAffectedRows)
}

/**
 * What is superseded or recalled is not sent any more. What is just being sent is left to whoever sends it; if that fails,
 * it is withdrawn when this is done again. How many.
 */
export async function withdrawStale(db: Db): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    update delivery set state = 'withdrawn', due_at = null,
      reason_code = case when recall_id is null then 'SUPERSEDED' else 'RECALLED' end, status = null, comment = null
    from result
    where result.id = result_id and delivery.state in ('owed', 'held')
      -- The lease of a killed process ends.
      and not (under_way and due_at > now())
      and (superseded_at is not null or recall_id is not null)`.execute(db)
  return Number(numAffectedRows)
}
