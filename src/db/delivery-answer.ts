import { sql } from 'kysely'
import type { StudyId } from '../study/identifiers.ts'
import type { Question } from './delivery-tables.ts'
import type { Db, DeliveryAnswer } from './schema.ts'

export type NewAnswer = {
  readonly question: Question
  /** Of what was offered, where that matters. */
  readonly sopClassUid?: string | undefined
  readonly status?: number | undefined
  readonly reasonCode?: string | undefined
  readonly comment?: string | undefined
}

/** Of each delivery the newest so many differing answers are kept. */
const KEPT = 100

/** Keeps what a destination answered; the same answer as the last one only counts up. */
export async function recordAnswer(db: Db, deliveryId: string, answer: NewAnswer): Promise<void> {
  const { question, sopClassUid = null, status = null, reasonCode = null, comment = null } = answer
  await sql`
    with again as (
      update delivery_answer set times = times + 1, last_at = now()
      where id = (select max(id) from delivery_answer where delivery_id = ${deliveryId})
        and (question, sop_class_uid, status, reason_code, comment) is not distinct from
          (${question}::text, ${sopClassUid}::text, ${status}::integer, ${reasonCode}::text, ${comment}::text)
      returning id
    ), old as (
      delete from delivery_answer where delivery_id = ${deliveryId} and id <= (
        select id from delivery_answer where delivery_id = ${deliveryId} order by id desc offset ${KEPT - 1} limit 1)
        and not exists (select from again)
    )
    insert into delivery_answer (delivery_id, question, sop_class_uid, status, reason_code, comment)
    select ${deliveryId}, ${question}, ${sopClassUid}, ${status}, ${reasonCode}, ${comment}
    where not exists (select from again)`.execute(db)
}

/** Every answer kept of a study's deliveries, oldest first. */
export async function findAnswers(db: Db, studyId: StudyId): Promise<DeliveryAnswer[]> {
  return db
    .selectFrom('deliveryAnswer')
    .innerJoin('delivery', 'delivery.id', 'deliveryAnswer.deliveryId')
    .innerJoin('result', 'result.id', 'delivery.resultId')
    .where('result.studyId', '=', studyId)
    .selectAll('deliveryAnswer')
    .orderBy('deliveryAnswer.id')
    .execute()
}
