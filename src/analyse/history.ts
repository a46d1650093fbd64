import { type CurrentReport, findCurrentReports, wasSuperseded } from '../db/history.ts'
import type { Db } from '../db/schema.ts'
import { SopClass } from '../dicom/sop-classes.ts'
import { SR_CLASSES } from '../report/build-sr.ts'
import type { Replaced, ResultInput } from '../report/result-input.ts'
import { resultUids } from '../report/result-uids.ts'
import { parseUid, type StudyId, type Uid } from '../study/identifiers.ts'

type Deps = { db: Db; models: ReadonlyMap<string, unknown> }

/** Whose results are about to be made. */
export type Run = Pick<ResultInput, 'source' | 'model' | 'node' | 'configHash'>

/** What went before in the same study, as far as the new results depend on it. */
export type History = {
  readonly configHash: string
  /** Reports of other runs that the new one replaces. */
  readonly replaces: readonly Replaced[]
}

/** For a study of which nothing is known. */
export const noHistory = async ({ configHash }: Run): Promise<History> => ({ configHash, replaces: [] })

/**
 * The same run again has the same UIDs, so makes no second result. But one that was superseded since, and may have been
 * rejected at its destinations, cannot come back under its old UIDs: it is made anew, by a hash that counts the returns.
 */
export async function historyOf({ db, models }: Deps, studyId: StudyId, run: Run): Promise<History> {
  let again = run
  for (let returns = 1; await wasSuperseded(db, uidsOf(again)); returns++)
    again = { ...run, configHash: `${run.configHash} ${returns}` }
  const own = new Set<string>(uidsOf(again))
  // Another model that runs beside this one replaces its own.
  const isReplaced = ({ sopInstanceUid, modelId }: CurrentReport) =>
    !own.has(sopInstanceUid) && (modelId === run.model.id || !models.has(modelId))
  const replaces = (await findCurrentReports(db, studyId)).filter(isReplaced)
  return { configHash: again.configHash, replaces }
}

/** Those by which a run is known, whatever its destinations asked for. */
function uidsOf(run: Run): Uid[] {
  const [best = ''] = SR_CLASSES
  const [withPictures, alone] = [resultUids(run), resultUids(run, 'none')]
  const uids = [withPictures.sr(best), alone.sr(best), withPictures.summary(SopClass.SecondaryCaptureImageStorage)]
  return uids.map((uid) => parseUid(uid))
}
