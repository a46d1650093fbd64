import { sql } from 'kysely'
import type { StudyId, Uid } from '../study/identifiers.ts'
import type { RejectionReason } from '../study/rejection.ts'
import type { Db } from './schema.ts'
import { withdrawStale } from './supersede.ts'
import { now } from './time.ts'

/** Which results: those of a model's analyses that ended in a stretch of time. */
export type Recall = {
  readonly modelId: string
  readonly modelVersion: string
  readonly from: Date
  readonly until: Date
}

/** What one study has of it at one destination. */
export type Recallable = {
  readonly studyInstanceUid: Uid
  readonly destination: string
  /** Results that the destination has, or may have; those that it was to get, of which it may have some. */
  readonly held: number
  readonly waiting: number
}

const recallable = ({ modelId, modelVersion, from, until }: Recall) => sql`
  select result.id, result.study_id from result join analysis on analysis.id = result.analysis_id
  where analysis.model_id = ${modelId} and analysis.model_version = ${modelVersion}
    and analysis.finished_at >= ${from} and analysis.finished_at < ${until}
    and result.recall_id is null and result.kind <> 'REJECTION'`

/** What would be recalled, by study and destination; what nobody was to get is not listed. */
export async function findRecallable(db: Db, recall: Recall): Promise<Recallable[]> {
  const { rows } = await sql<Recallable>`
    with recallable as (${recallable(recall)})
    select study_instance_uid as "studyInstanceUid", destination,
      (count(*) filter (where delivery.state in ('sent', 'confirmed', 'unconfirmed') or offered_at is not null))::integer as held,
      (count(*) filter (where delivery.state in ('owed', 'held')))::integer as waiting
    from recallable join study on study.id = recallable.study_id join delivery on delivery.result_id = recallable.id
    group by study.id, study_instance_uid, destination order by study.id, destination`.execute(db)
  return rows
}

type Order = Recall & { readonly title: RejectionReason; readonly reanalyse: boolean }
export type Recalled = { readonly recallId: string | null; readonly results: number; readonly reanalysed: number }

/**
 * Marks the results as recalled and withdraws what of them waits; whoever holds the others gets a rejection note. With
 * `reanalyse` those of their studies that still have images are due for analysis. What is recalled already is left alone: done again, this does nothing.
 */
export async function recallResults(db: Db, { title, reanalyse, ...recall }: Order): Promise<Recalled> {
  return db.transaction().execute(async (transaction) => {
    const found = await sql<{ id: string; studyId: StudyId }>`${recallable(recall)} for update of result`.execute(
      transaction,
    )
    if (found.rows.length === 0) return { recallId: null, results: 0, reanalysed: 0 }
    const { modelId, modelVersion, from: analysedFrom, until: analysedUntil } = recall
    const { id: recallId } = await transaction
      .insertInto('recall')
      .values({ modelId, modelVersion, analysedFrom, analysedUntil, title, reanalyse })
      .returning('id')
      .executeTakeFirstOrThrow()
    const ids = found.rows.map(({ id }) => id)
    await transaction.updateTable('result').set({ recallId }).where('id', 'in', ids).execute()
    await withdrawStale(transaction)
    const studyIds = [...new Set(found.rows.map(({ studyId }) => studyId))]
    const reanalysed = reanalyse ? await analyseAgain(transaction, studyIds) : 0
    return { recallId, results: ids.length, reanalysed }
  })
}

async function analyseAgain(db: Db, studyIds: readonly StudyId[]): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('study')
    .set({ state: 'complete', completedAt: now(), finishedAt: null, dueAt: now(), attempts: 0 })
    .set({ reasonCode: null, reason: null, unscored: '[]' })
    .where('id', 'in', studyIds)
    .where('state', '<>', 'receiving')
    .where(({ exists, selectFrom }) =>
      exists(selectFrom('instance').whereRef('studyId', '=', 'study.id').where('removedAt', 'is', null)),
    )
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows)
}
