import { expect, test } from 'vitest'
import { historyOf } from '../../src/analyse/history.ts'
import { saveAnalyses } from '../../src/db/analysis.ts'
import { retryStudy } from '../../src/db/retry-study.ts'
import { claimStudy } from '../../src/db/study.ts'
import { SR_CLASSES } from '../../src/report/build-sr.ts'
import { resultUids } from '../../src/report/result-uids.ts'
import { parseUid, type Uid } from '../../src/study/identifiers.ts'
import { COMPLETE_SOURCE, model, resultInput, sourceOf } from '../report/synthetic-result.ts'
import { testDatabase } from '../support/database.ts'
import { claimedStudy, newAnalysis, newResult, to } from '../support/rows.ts'

const made = (deviceUid: string, modelId: string, sopInstanceUid: Uid) => ({
  analysis: newAnalysis({ deviceUid, modelId }),
  results: [newResult({ sopInstanceUid })],
  maps: [],
})

test('a run that comes back after another took its place is made anew, and names what it replaces; again, it stays the same', async () => {
  const { db } = await testDatabase()
  const study = await claimedStudy(db)
  const run = resultInput(sourceOf(COMPLETE_SOURCE))
  const other = { ...run, model: { ...model, deviceUid: '2.25.77', version: '2.0.0' } }
  const srOf = (asked: typeof run, configHash: string) =>
    parseUid(resultUids({ ...asked, configHash }).sr(SR_CLASSES[0] ?? ''))
  /** Analyses as a worker does; the report's UID, and what it replaces. */
  const analyse = async (asked: typeof run) => {
    await retryStudy(db, study.studyInstanceUid)
    const claim = await claimStudy(db, study.id, 60_000)
    const { configHash, replaces } = await historyOf({ db, models: new Map([[model.id, {}]]) }, study.id, asked)
    const sopInstanceUid = srOf(asked, configHash)
    const { deviceUid } = asked.model
    if (claim) await saveAnalyses(db, claim, [made(deviceUid, model.id, sopInstanceUid)], to([]))
    return { uid: sopInstanceUid, replaces: replaces.map((each) => String(each.sopInstanceUid)) }
  }
  const first = await analyse(run)
  expect(first).toEqual({ uid: srOf(run, run.configHash), replaces: [] })
  expect(await analyse(run)).toEqual(first)
  const second = await analyse(other)
  expect(second.replaces).toEqual([first.uid])
  const third = await analyse(run)
  expect(third.replaces).toEqual([second.uid])
  expect(new Set([first.uid, second.uid, third.uid]).size).toBe(3)
  expect(await analyse(run)).toEqual({ uid: third.uid, replaces: [] })
  // One that runs beside it, on the same study.
  const beside = { ...run, model: { ...model, id: 'beside', deviceUid: '2.25.78' } }
  const models = new Map([model.id, 'beside'].map((id) => [id, {}]))
  expect((await historyOf({ db, models }, study.id, beside)).replaces).toEqual([])
})
