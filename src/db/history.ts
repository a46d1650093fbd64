import type { StudyId, Uid } from '../study/identifiers.ts'
import type { Db } from './schema.ts'

/** A report that speaks for a study, and what made it. */
export type CurrentReport = { readonly sopInstanceUid: Uid; readonly modelId: string; readonly modelVersion: string }

/** The reports of the study that nothing supersedes yet; of one in several SOP classes only the first. */
export async function findCurrentReports(db: Db, studyId: StudyId): Promise<CurrentReport[]> {
  return db
    .selectFrom('result')
    .innerJoin('analysis', 'analysis.id', 'result.analysisId')
    .where('result.studyId', '=', studyId)
    .where('kind', '=', 'SR')
    .where('alternativeOf', 'is', null)
    .where('supersededAt', 'is', null)
    .select(['result.sopInstanceUid', 'modelId', 'modelVersion'])
    .orderBy('result.id')
    .execute()
}

/** Whether one of these was made before and is superseded; recalled ones stay as they are. */
export async function wasSuperseded(db: Db, sopInstanceUids: readonly Uid[]): Promise<boolean> {
  const found = await db
    .selectFrom('result')
    .select('id')
    .where('sopInstanceUid', 'in', sopInstanceUids)
    .where('supersededAt', 'is not', null)
    .where('recallId', 'is', null)
    .executeTakeFirst()
  return found !== undefined
}
