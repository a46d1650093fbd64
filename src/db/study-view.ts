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

/** One study whole as it was at one moment, or undefined. */
export async function showStudy(db: Db, studyInstanceUid: Uid): Promise<StudyView | undefined> {
  const snapshot = db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only')
  return snapshot.execute(async (at) => {
    const study = await findStudy(at, studyInstanceUid)
    return study && { study, ...(await partsOf(at, study)) }
  })
}

async function partsOf(db: Db, { id }: Study): Promise<Omit<StudyView, 'study'>> {
  const analyses = db.selectFrom('analysis').selectAll().where('studyId', '=', id).orderBy('id', 'desc')
  const heatMaps = db
    .selectFrom('heatMap')
    .innerJoin('analysis', 'analysis.id', 'analysisId')
    .selectAll('heatMap')
    .where('studyId', '=', id)
    .orderBy('heatMap.id')
  const results = db.selectFrom('result').selectAll().where('studyId', '=', id).orderBy('id')
  const deliveries = db
    .selectFrom('delivery')
    .innerJoin('result', 'result.id', 'delivery.resultId')
    .selectAll('delivery')
    .where('studyId', '=', id)
    .orderBy('delivery.id')
  return {
    instances: await findInstances(db, id),
    analyses: await analyses.execute(),
    heatMaps: await heatMaps.execute(),
    results: await results.execute(),
    deliveries: await deliveries.execute(),
    answers: await findAnswers(db, id),
  }
}
