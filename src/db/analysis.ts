import { sql } from 'kysely'
import type { Caveat } from '../study/caveat.ts'
import type { Finding } from '../study/finding.ts'
import type { StudyId, Uid } from '../study/identifiers.ts'
import type { Verdict } from '../study/quality.ts'
import type { Routed } from '../study/routing.ts'
import type { Unscored } from '../study/unscored.ts'
import { oweResults } from './delivery.ts'
import { insertHeatMaps, type NewHeatMap } from './heat-map.ts'
import { insertResults, type NewResult } from './result.ts'
import { hasLeft } from './retention.ts'
import type { Db } from './schema.ts'
import {
  advanceToAnalysed,
  type Claimed,
  type Deferral,
  declineStudy,
  deferStudy,
  failStudy,
  recordUnscored,
  type StudyRevision,
} from './study.ts'
import { makeCurrent, supersedeOthers } from './supersede.ts'

export type NewAnalysis = {
  /** The image analysed. */
  readonly sopInstanceUid: Uid
  readonly modelId: string
  readonly modelVersion: string
  readonly deviceUid: string
  readonly findings: readonly Finding[]
  readonly caveats: readonly Caveat[]
  readonly quality: readonly Verdict[]
  /** Stage to milliseconds. */
  readonly durations: Readonly<Record<string, number>>
  readonly startedAt: Date
}

/** What one model made of a study. */
export type MadeAnalysis = {
  readonly analysis: NewAnalysis
  readonly results: readonly NewResult[]
  readonly maps: readonly NewHeatMap[]
}

/** What else there is to say of a study that models scored. */
export type Beside = {
  /** The models that did not score it. */
  readonly unscored?: readonly Unscored[]
  /** What tells destinations of them. */
  readonly pages?: readonly NewResult[]
  /** When those that failed are tried again; absent: the study is analysed. */
  readonly deferral?: Deferral | undefined
  /** Models of which nothing is superseded, beside those that failed. */
  readonly sparing?: readonly string[]
}

/** What earlier attempts at a study left, where one of them was saved without being the last. */
export type Earlier = {
  readonly scored: readonly { readonly modelId: string; readonly findings: readonly Finding[] }[]
  readonly unscored: readonly Unscored[]
}

/** Nothing, unless a model of the study is being tried again. */
export async function findEarlier(db: Db, studyId: StudyId): Promise<Earlier> {
  const found = await db
    .selectFrom('study')
    .leftJoin('analysis', (join) => join.onRef('studyId', '=', 'study.id').on('current', '=', true))
    .where('study.id', '=', studyId)
    .where(sql<boolean>`unscored <> '[]'`)
    .select(['unscored', 'modelId', 'findings'])
    .execute()
  const unscored = found[0]?.unscored ?? []
  const scored = found.flatMap(({ modelId, findings }) =>
    modelId === null || findings === null || unscored.some((each) => each.modelId === modelId)
      ? []
      : [{ modelId, findings }],
  )
  return { scored, unscored }
}

/**
 * Everything the analyses of a study leave behind, in one transaction: the study is analysed (or still complete, where a
 * model that failed is to be tried again), its results are saved, supersede those before (but not those of a model that
 * failed), and are owed to the destinations that want them. False, and nothing done, when this revision is not complete
 * (any more), or to be tried again and claimed by another.
 */
export async function saveAnalyses(
  db: Db,
  study: Claimed,
  analyses: readonly MadeAnalysis[],
  routed: Pick<Routed, 'destinations' | 'urgency'>,
  { unscored = [], pages = [], deferral, sparing = [] }: Beside = {},
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const advance = deferral ? deferStudy(transaction, study, deferral) : advanceToAnalysed(transaction, study)
    if (!(await advance)) return false
    await recordUnscored(transaction, study, unscored)
    const analysisIds: string[] = []
    for (const { analysis, results, maps } of analyses) {
      const analysisId = await insertAnalysis(transaction, study, analysis)
      analysisIds.push(analysisId)
      await insertResults(transaction, study.id, analysisId, results)
      await insertHeatMaps(transaction, analysisId, maps)
      await oweResults(transaction, results, routed)
    }
    await insertResults(transaction, study.id, null, pages)
    await oweResults(transaction, pages, routed)
    // Another model's image may have left by age: what it found there stands.
    const of = (await hasLeft(transaction, study.id)) ? 'models' : 'everything'
    const failed = unscored.filter(({ outcome }) => outcome === 'failed').map(({ modelId }) => modelId)
    const spared = [...failed, ...sparing]
    await makeCurrent(transaction, study.id, analysisIds, { of, sparing: spared })
    const uids = [...pages, ...analyses.flatMap(({ results }) => results)].map(({ sopInstanceUid }) => sopInstanceUid)
    // A page of a model that is tried again may come back: it waits for what comes of that.
    const keepsPages = deferral !== undefined
    await supersedeOthers(transaction, study.id, uids, { by: analysisIds, of, sparing: spared, keepsPages })
    return true
  })
}

/**
 * The study is declined or failed, and what tells of it is owed to the destinations that want it, in one transaction.
 * False, and nothing done, when this revision is not complete (any more).
 */
export async function saveNotAnalysed(
  db: Db,
  study: StudyRevision,
  { outcome, code, reason }: { outcome: 'declined' | 'failed'; code: string; reason: string },
  results: readonly NewResult[],
  routed: Pick<Routed, 'destinations' | 'urgency'>,
): Promise<boolean> {
  const finish = outcome === 'declined' ? declineStudy : failStudy
  return db.transaction().execute(async (transaction) => {
    if (!(await finish(transaction, study, code, reason))) return false
    await recordUnscored(transaction, study, [])
    await insertResults(transaction, study.id, null, results)
    // One that failed says nothing against what was found before, nor does one of which not all images are here any more.
    const overturns = outcome === 'declined' && !(await hasLeft(transaction, study.id))
    const of = overturns ? 'everything' : 'pages'
    if (overturns) await makeCurrent(transaction, study.id, [], { of })
    await supersedeOthers(transaction, study.id, uidsOf(results), { by: [], of })
    await oweResults(transaction, results, routed)
    return true
  })
}

const uidsOf = (results: readonly NewResult[]) => results.map(({ sopInstanceUid }) => sopInstanceUid)

/** A study analysed again in the same way keeps its first analysis, as it keeps its results. */
async function insertAnalysis(db: Db, study: StudyRevision, analysis: NewAnalysis): Promise<string> {
  const { id } = await db
    .insertInto('analysis')
    .values({
      ...analysis,
      studyId: study.id,
      revision: study.revision,
      findings: JSON.stringify(analysis.findings),
      caveats: JSON.stringify(analysis.caveats),
      quality: JSON.stringify(analysis.quality),
      durations: JSON.stringify(analysis.durations),
    })
    .onConflict((conflict) =>
      conflict
        .columns(['studyId', 'revision', 'sopInstanceUid', 'deviceUid'])
        .doUpdateSet((set) => ({ revision: set.ref('excluded.revision') })),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}
