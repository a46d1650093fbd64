import { sql } from 'kysely'
import type { Uid } from '../study/identifiers.ts'
import type { DeliveryState, StudyState } from '../study/study-state.ts'
import { findAnswers } from './delivery-answer.ts'
import { findInstances } from './instance.ts'
import type { Analysis, Db, Delivery, DeliveryAnswer, HeatMapRow, Instance, Result, Study } from './schema.ts'

export type StudySummary = Study & {
  readonly instances: number
  readonly deliveriesOwed: number
  readonly deliveriesUnconfirmed: number
  readonly deliveriesRefused: number
  readonly deliveriesHeld: number
}

/** Everything known of one study; analyses, newest first. */
export type StudyView = {
  readonly study: Study
  readonly instances: readonly Instance[]
  readonly analyses: readonly Analysis[]
  readonly heatMaps: readonly HeatMapRow[]
  readonly results: readonly Result[]
  readonly deliveries: readonly Delivery[]
  readonly answers: readonly DeliveryAnswer[]
}

/** The studies opened last, newest first. */
export async function listStudies(
  db: Db,
  { state, limit }: { state?: StudyState | undefined; limit: number },
): Promise<StudySummary[]> {
  const studies = db.selectFrom('study').selectAll('study').orderBy('study.id', 'desc').limit(limit)
  return (state ? studies.where('study.state', '=', state) : studies)
    .select([
      sql<number>`(select count(*)::integer from instance where study_id = study.id)`.as('instances'),
      countDeliveries('owed').as('deliveriesOwed'),
      countDeliveries('unconfirmed').as('deliveriesUnconfirmed'),
      countDeliveries('refused').as('deliveriesRefused'),
      countDeliveries('held').as('deliveriesHeld'),
    ])
    .execute()
}

const countDeliveries = (state: DeliveryState) => sql<number>`(
  select count(*)::integer from delivery join result on result.id = result_id
  where result.study_id = study.id and delivery.state = ${state})`

/** The study's row, or undefined. */
export async function findStudy(db: Db, studyInstanceUid: Uid): Promise<Study | undefined> {
  return db.selectFrom('study').selectAll().where('studyInstanceUid', '=', studyInstanceUid).executeTakeFirst()
}

/** One study whole, or undefined. */
export async function showStudy(db: Db, studyInstanceUid: Uid): Promise<StudyView | undefined> {
  const study = await findStudy(db, studyInstanceUid)
  if (!study) return undefined
  const [instances, analyses, heatMaps, results, deliveries, answers] = await Promise.all([
    findInstances(db, study.id),
    db.selectFrom('analysis').selectAll().where('studyId', '=', study.id).orderBy('id', 'desc').execute(),
    db
      .selectFrom('heatMap')
      .innerJoin('analysis', 'analysis.id', 'analysisId')
      .selectAll('heatMap')
      .where('studyId', '=', study.id)
      .orderBy('heatMap.id')
      .execute(),
    db.selectFrom('result').selectAll().where('studyId', '=', study.id).orderBy('id').execute(),
    db
      .selectFrom('delivery')
      .innerJoin('result', 'result.id', 'delivery.resultId')
      .selectAll('delivery')
      .where('studyId', '=', study.id)
      .orderBy('delivery.id')
      .execute(),
    findAnswers(db, study.id),
  ])
  return { study, instances, analyses, heatMaps, results, deliveries, answers }
}
