import { type RawBuilder, sql } from 'kysely'
import type { StudyId, Uid } from '../study/identifiers.ts'
import type { Db } from './schema.ts'
import { now } from './time.ts'

export type Retried = {
  /** The analysis is due now: the study was complete, analysed, declined or failed. */
  readonly analysis: boolean
  /** Whether instances of it are still here; without them it is not analysed again. */
  readonly pixels: boolean
  /** How many refused or held deliveries are owed again. */
  readonly deliveries: number
  /** How many unconfirmed deliveries are asked for again. */
  readonly unconfirmed: number
}

/**
 * On a person's word: analyses the study again, owes again what was refused or held, and asks again for what nobody
 * could confirm; what was given up, only at those of these destinations. Undefined when there is no such study.
 */
export async function retryStudy(
  db: Db,
  studyInstanceUid: Uid,
  destinations: readonly string[] = [],
): Promise<Retried | undefined> {
  return db.transaction().execute(async (transaction) => {
    const study = await transaction
      .selectFrom('study')
      .select(['id', 'state'])
      .where('studyInstanceUid', '=', studyInstanceUid)
      .forUpdate()
      .executeTakeFirst()
    if (!study) return undefined
    const here = transaction.selectFrom('instance').select('id').where('studyId', '=', study.id)
    const pixels = (await here.where('removedAt', 'is', null).limit(1).execute()).length > 0
    const analysis = study.state !== 'receiving' && pixels
    if (analysis) {
      const owed = { state: 'complete', completedAt: now(), finishedAt: null, dueAt: now() } as const
      const fresh = { reasonCode: null, reason: null, attempts: 0, unscored: '[]' }
      await transaction
        .updateTable('study')
        .set({ ...owed, ...fresh })
        .where('id', '=', study.id)
        .execute()
    }
    const among = sql`(delivery.reason_code is distinct from 'GIVEN_UP' or destination = any(${destinations}::text[]))`
    const deliveries = await oweAgain(transaction, study.id, ['refused', 'held'], { released: false, among })
    const { numAffectedRows: unconfirmed = 0n } = await sql`
      update delivery set state = 'sent', due_at = now(), confirm_until = now() + interval '1 day', questions = 0,
        reason_code = null, comment = null
      from result
      where result.id = result_id and result.study_id = ${study.id} and delivery.state = 'unconfirmed'
        and ${among}`.execute(transaction)
    return { analysis, pixels, deliveries, unconfirmed: Number(unconfirmed) }
  })
}

/**
 * On a person's word: what is held is sent, whatever the destination says of patient and order. How many deliveries are
 * owed; undefined when there is no such study.
 */
export async function releaseStudy(db: Db, studyInstanceUid: Uid): Promise<number | undefined> {
  const study = await db
    .selectFrom('study')
    .select('id')
    .where('studyInstanceUid', '=', studyInstanceUid)
    .executeTakeFirst()
  return study && oweAgain(db, study.id, ['held'], { released: true, among: sql`true` })
}

type Again = { readonly released: boolean; readonly among: RawBuilder<unknown> }

async function oweAgain(
  db: Db,
  studyId: StudyId,
  states: readonly string[],
  { released, among }: Again,
): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    with again as (
      update delivery set state = 'owed', due_at = now(), owed_at = now(), attempts = 0, losses = 0,
        released = ${released}, reason_code = null, status = null, comment = null
      from result
      where result.id = result_id and result.study_id = ${studyId} and delivery.state = any(${states})
        and superseded_at is null and recall_id is null and ${among}
      returning delivery.id
    )
    insert into delivery_answer (delivery_id, question, comment)
    select id, 'person', ${released ? 'released' : 'offered again'} from again`.execute(db)
  return Number(numAffectedRows)
}
