import { type CurrentReport, findCurrentReports, wasSuperseded } from '../db/history.ts'
import type { Db } from '../db/schema.ts'
import { parseUid, type StudyId } from '../study/identifiers.ts'

/** What went before in a study, as far as new results depend on it. */
export type History = {
  /** The reports that speak for the study now, of this model or of one that no longer runs. */
  currentReports(modelId: string): Promise<readonly CurrentReport[]>
  /** Whether one of these was made before, and something newer has taken its place. */
  wasSuperseded(sopInstanceUids: readonly string[]): Promise<boolean>
}

/** For a study of which nothing is known. */
export const NO_HISTORY: History = { currentReports: async () => [], wasSuperseded: async () => false }

type Deps = { db: Db; models: ReadonlyMap<string, unknown> }

export const historyOf = ({ db, models }: Deps, studyId: StudyId): History => ({
  async currentReports(ofModel) {
    const reports = await findCurrentReports(db, studyId)
    // Another model that runs beside this one replaces its own.
    return reports.filter(({ modelId }) => modelId === ofModel || !models.has(modelId))
  },
  wasSuperseded: (uids) =>
    wasSuperseded(
      db,
      uids.map((uid) => parseUid(uid)),
    ),
})
