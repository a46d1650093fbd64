import { sql } from 'kysely'
import type { Uid } from '../study/identifiers.ts'
import type { Db } from './schema.ts'
import { now } from './time.ts'

export type Retried = {
  /** The analysis is due now: the study was complete, analysed, declined or failed. */
  readonly analysis: boolean
  /** How many refused deliveries are owed again. */
  readonly deliveries: number
}

/** On a person's word: analyses the study again and owes again what was refused. Undefined when there is no such study. */
export async function retryStudy(db: Db, studyInstanceUid: Uid): Promise<Retried | undefined> {
  return db.transaction().execute(async (transaction) => {
    const study = await transaction
      .selectFrom('study')
      .select(['id', 'state'])
      .where('studyInstanceUid', '=', studyInstanceUid)
      .forUpdate()
      .executeTakeFirst()
    if (!study) return undefined
    const analysis = study.state !== 'receiving'
    if (analysis) {
      const owed = { state: 'complete', completedAt: now(), finishedAt: null, dueAt: now() } as const
      const fresh = { reasonCode: null, reason: null, attempts: 0 }
      await transaction
        .updateTable('study')
        .set({ ...owed, ...fresh })
        .where('id', '=', study.id)
        .execute()
    }
    const { numAffectedRows = 0n } = await sql`
      update delivery set state = 'owed', due_at = now(), attempts = 0, reason_code = null, status = null, comment = null
      from result
      where result.id = result_id and result.study_id = ${study.id} and delivery.state = 'refused'`.execute(transaction)
    return { analysis, deliveries: Number(numAffectedRows) }
  })
}
