import { expect, test } from 'vitest'
import { buildRun } from '../../src/analyse/build-run.ts'
import { historyOf } from '../../src/analyse/history.ts'
import { saveAnalyses } from '../../src/db/analysis.ts'
import { retryStudy } from '../../src/db/retry-study.ts'
import { claimStudy } from '../../src/db/study.ts'
import { renderPages } from '../../src/report/render-pages.ts'
import { readableSr } from '../../src/report/sr-text.ts'
import { parseUid } from '../../src/study/identifiers.ts'
import { COMPLETE_SOURCE, model, resultInput, sourceOf } from '../report/synthetic-result.ts'
import { testDatabase } from '../support/database.ts'
import { claimedStudy, newAnalysis, newResult, to } from '../support/rows.ts'

const wishes = [{ name: 'pacs', objects: ['sr'], scCompression: 'none', notAnalysed: 'nothing' }] as const

test('a run that comes back after another took its place is made anew, and names what it replaces; again, it stays the same', async () => {
  const { db } = await testDatabase()
  const study = await claimedStudy(db)
  const run = resultInput(sourceOf(COMPLETE_SOURCE))
  const other = { ...run, model: { ...model, deviceUid: '2.25.77', version: '2.0.0' } }
  const build = async (asked: typeof run, running = [model.id]) => {
    const history = historyOf({ db, models: new Map(running.map((id) => [id, {}])) }, study.id)
    return buildRun({ wishes, messages: [], history, painter: { render: async (input) => renderPages(input) } }, asked)
  }
  /** Analyses as a worker does; the report's UID, and what it says that it replaces. */
  const analyse = async (asked: typeof run) => {
    await retryStudy(db, study.studyInstanceUid)
    const claim = await claimStudy(db, study.id, 60_000)
    const built = await build(asked)
    const results = built.map(({ sopInstanceUid, alternativeOf }) =>
      newResult({
        sopInstanceUid: parseUid(sopInstanceUid),
        alternativeOf: alternativeOf === undefined ? null : parseUid(alternativeOf),
      }),
    )
    const analysis = newAnalysis({ deviceUid: asked.model.deviceUid, modelId: model.id })
    if (claim) await saveAnalyses(db, claim, [{ analysis, results, maps: [] }], to([]))
    const [report] = built
    const [, replaces] = /Replaces .*, SOP Instance UID ([\d.]+)\./.exec(readableSr(report?.bytes ?? Buffer.of())) ?? []
    return { uid: report?.sopInstanceUid, replaces }
  }
  const first = await analyse(run)
  expect(first.replaces).toBeUndefined()
  expect(await analyse(run)).toEqual(first)
  const second = await analyse(other)
  expect(second.replaces).toBe(first.uid)
  const third = await analyse(run)
  expect(third.replaces).toBe(second.uid)
  expect(new Set([first.uid, second.uid, third.uid]).size).toBe(3)
  expect(await analyse(run)).toEqual({ uid: third.uid, replaces: undefined })
  // One that runs beside it, on the same study.
  const beside = { ...run, model: { ...model, id: 'beside', deviceUid: '2.25.78' } }
  const [report] = await build(beside, [model.id, 'beside'])
  expect(readableSr(report?.bytes ?? Buffer.of())).not.toContain('Replaces')
})
