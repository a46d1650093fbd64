import { sql } from 'kysely'
import type { DeliveryState, StudyState } from '../study/study-state.ts'
import type { Db } from './schema.ts'

/** What the node still owes, for metrics and health. Ages in seconds; 0 when nothing is owed. */
export type Owed = {
  readonly studies: readonly { readonly state: StudyState; readonly count: number }[]
  readonly studiesDue: number
  /** Since the oldest study that still waits for its analysis was complete. */
  readonly oldestStudySeconds: number
  readonly deliveries: readonly DeliveriesOwed[]
  readonly deliveriesDue: number
  /** Since the oldest result that is still owed was made. */
  readonly oldestDeliverySeconds: number
}
type DeliveriesOwed = { readonly destination: string; readonly state: DeliveryState; readonly count: number }

export async function countOwed(db: Db): Promise<Owed> {
  const [studies, deliveries, studyAge, deliveryAge] = await Promise.all([
    countStudies(db),
    countDeliveries(db),
    ageOfStudies(db),
    ageOfDeliveries(db),
  ])
  return {
    studies,
    studiesDue: studyAge.due,
    oldestStudySeconds: studyAge.seconds,
    deliveries,
    deliveriesDue: deliveryAge.due,
    oldestDeliverySeconds: deliveryAge.seconds,
  }
}

const count = sql<number>`count(*)::integer`
const due = sql<number>`(count(*) filter (where due_at <= now()))::integer`

async function countStudies(db: Db) {
  return db
    .selectFrom('study')
    .select(['state', count.as('count')])
    .groupBy('state')
    .orderBy('state')
    .execute()
}

async function countDeliveries(db: Db) {
  return db
    .selectFrom('delivery')
    .select(['destination', 'state', count.as('count')])
    .groupBy(['destination', 'state'])
    .orderBy('destination')
    .orderBy('state')
    .execute()
}

async function ageOfStudies(db: Db) {
  return db
    .selectFrom('study')
    .where('state', '=', 'complete')
    .select([
      due.as('due'),
      sql<number>`coalesce(extract(epoch from now() - min(completed_at)), 0)::float8`.as('seconds'),
    ])
    .executeTakeFirstOrThrow()
}

async function ageOfDeliveries(db: Db) {
  return db
    .selectFrom('delivery')
    .innerJoin('result', 'result.id', 'delivery.resultId')
    .where('delivery.state', '=', 'owed')
    .select([
      due.as('due'),
      sql<number>`coalesce(extract(epoch from now() - min(created_at)), 0)::float8`.as('seconds'),
    ])
    .executeTakeFirstOrThrow()
}
