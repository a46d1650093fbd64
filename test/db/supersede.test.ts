import { expect, test } from 'vitest'
import { saveAnalyses, saveNotAnalysed } from '../../src/db/analysis.ts'
import { claimDeliveries, findNextDelivery, recordSent } from '../../src/db/delivery.ts'
import { findCurrentReports, wasSuperseded } from '../../src/db/history.ts'
import { recallResults } from '../../src/db/recall.ts'
import { findToReject } from '../../src/db/rejection.ts'
import { retryStudy } from '../../src/db/retry-study.ts'
import type { Db } from '../../src/db/schema.ts'
import { claimStudy, type StudyClaim } from '../../src/db/study.ts'
import { showStudy } from '../../src/db/study-view.ts'
import { withdrawStale } from '../../src/db/supersede.ts'
import { testDatabase } from '../support/database.ts'
import { claimedStudy, letPass, newAnalysis, newResult, takingOf, to } from '../support/rows.ts'

const save = (
  db: Db,
  claim: StudyClaim,
  analysis: ReturnType<typeof newAnalysis>,
  results: ReturnType<typeof newResult>[],
  destinations: string[],
) => saveAnalyses(db, claim, [{ analysis, results, maps: [] }], to(destinations))

/** The same study, to be analysed once more. */
async function again(db: Db, { id, studyInstanceUid }: StudyClaim): Promise<StudyClaim> {
  await retryStudy(db, studyInstanceUid)
  const claim = await claimStudy(db, id, 60_000)
  if (!claim) throw new Error('not due')
  return claim
}

async function view(db: Db, { studyInstanceUid }: StudyClaim) {
  const shown = await showStudy(db, studyInstanceUid)
  if (!shown) throw new Error('no such study')
  const { analyses, results, deliveries } = shown
  return {
    current: analyses.filter(({ current }) => current).map(({ deviceUid }) => deviceUid),
    results: results.map(({ supersededAt }) => (supersededAt ? 'superseded' : 'current')),
    deliveries: deliveries.map(({ state, reasonCode }) => [state, reasonCode]),
    last: analyses[0],
    rows: results,
  }
}

test('a newer analysis supersedes the one before, and what of it was not sent is withdrawn', async () => {
  const { db } = await testDatabase()
  const study = await claimedStudy(db)
  await save(db, study, newAnalysis({ deviceUid: '2.25.1' }), [newResult()], ['PACS'])
  const [report, picture] = [newResult(), newResult({ kind: 'SC' })]
  await save(db, await again(db, study), newAnalysis({ deviceUid: '2.25.2' }), [report, picture], ['PACS'])
  const { rows, last, ...seen } = await view(db, study)
  expect(seen).toEqual({
    current: ['2.25.2'],
    results: ['superseded', 'current', 'current'],
    deliveries: [
      ['withdrawn', 'SUPERSEDED'],
      ['owed', null],
      ['owed', null],
    ],
  })
  expect(rows[0]?.supersededBy).toBe(last?.id)
  expect(await findCurrentReports(db, study.id)).toEqual([
    { sopInstanceUid: report.sopInstanceUid, modelId: 'demo', modelVersion: '1.0.0' },
  ])
  expect(await wasSuperseded(db, [report.sopInstanceUid])).toBe(false)
  expect(
    await wasSuperseded(
      db,
      rows.map(({ sopInstanceUid }) => sopInstanceUid),
    ),
  ).toBe(true)
})

test('the same analysis again changes nothing, and a retry owes nothing that was withdrawn', async () => {
  const { db } = await testDatabase()
  const study = await claimedStudy(db)
  const old = newResult()
  await save(db, study, newAnalysis(), [old], ['PACS'])
  const [analysis, result] = [newAnalysis({ deviceUid: '2.25.2' }), newResult()]
  await save(db, await again(db, study), analysis, [result], ['PACS'])
  const before = await view(db, study)
  await save(db, await again(db, study), analysis, [result], ['PACS'])
  expect(await view(db, study)).toEqual(before)
})

test('of one model no study has two current analyses, by the database', async () => {
  const { db } = await testDatabase()
  const study = await claimedStudy(db)
  await save(db, study, newAnalysis(), [], [])
  await save(db, await again(db, study), newAnalysis({ deviceUid: '2.25.2' }), [], [])
  await expect(db.updateTable('analysis').set({ current: true }).execute()).rejects.toThrow(/analysis_current/)
})

test('a study that is declined afterwards has no current result but the page that says so; one that failed keeps what it had', async () => {
  const { db } = await testDatabase()
  for (const [outcome, first] of [
    ['declined', 'superseded'],
    ['failed', 'current'],
  ] as const) {
    const study = await claimedStudy(db)
    await save(db, study, newAnalysis(), [newResult()], ['PACS'])
    const reason = { outcome, code: 'NO_IMAGE', reason: 'none' }
    await saveNotAnalysed(db, await again(db, study), reason, [newResult()], to(['PACS']))
    expect((await view(db, study)).results).toEqual([first, 'current'])
    expect((await view(db, study)).current).toHaveLength(outcome === 'declined' ? 0 : 1)
    await save(db, await again(db, study), newAnalysis({ deviceUid: '2.25.3' }), [newResult()], ['PACS'])
    expect((await view(db, study)).results).toEqual(['superseded', 'superseded', 'current'])
  }
})

test('of two models that ran together both are current; each is superseded by the newer of its own', async () => {
  const { db } = await testDatabase()
  const study = await claimedStudy(db)
  const made = (modelId: string, deviceUid: string) => ({
    ...{ analysis: newAnalysis({ modelId, deviceUid }), results: [newResult()], maps: [] },
  })
  await saveAnalyses(db, study, [made('one', '2.25.1'), made('two', '2.25.2')], to(['PACS']))
  expect((await view(db, study)).current.sort()).toEqual(['2.25.1', '2.25.2'])
  await saveAnalyses(db, await again(db, study), [made('one', '2.25.3'), made('two', '2.25.4')], to(['PACS']))
  const { analyses = [], results = [] } = (await showStudy(db, study.studyInstanceUid)) ?? {}
  expect((await view(db, study)).current.sort()).toEqual(['2.25.3', '2.25.4'])
  const modelOf = (id: string | null) => analyses.find((analysis) => analysis.id === id)?.modelId
  const superseded = results.filter(({ supersededAt }) => supersededAt)
  expect(superseded.map(({ analysisId, supersededBy }) => [modelOf(analysisId), modelOf(supersededBy)])).toEqual([
    ['one', 'one'],
    ['two', 'two'],
  ])
})

test('what is superseded while it is sent, and not taken, is not sent again, whoever was to withdraw it', async () => {
  const { db } = await testDatabase()
  const study = await claimedStudy(db)
  await save(db, study, newAnalysis({ deviceUid: '2.25.1' }), [newResult()], ['PACS'])
  const [claim] = await claimDeliveries(db, study.id, 'PACS', 60_000)
  await save(db, await again(db, study), newAnalysis({ deviceUid: '2.25.2' }), [], [])
  // Left to whoever sends it; then that process is killed, or its destination is down.
  expect((await view(db, study)).deliveries).toEqual([['owed', null]])
  await letPass(db, 120_000)
  expect(await findNextDelivery(db, 'PACS', [])).toBeUndefined()
  expect(await claimDeliveries(db, study.id, 'PACS', 60_000)).toEqual([])
  expect(await withdrawStale(db)).toBe(1)
  expect((await view(db, study)).deliveries).toEqual([['withdrawn', 'SUPERSEDED']])
  // Whoever had it may have sent some of it.
  expect(await findToReject(db, { superseded: true }, 10)).toMatchObject([{ studyId: study.id }])
  // Killed it was not, only slow: the destination has it, and is to hear that it is superseded.
  await recordSent(db, claim?.deliveryId ?? '', takingOf(claim))
  expect((await view(db, study)).deliveries).toEqual([['sent', null]])
  expect(await findToReject(db, { superseded: true }, 10)).toMatchObject([{ studyId: study.id }])
})

test('a message whose receiver gets a newer one is not withdrawn, as that would take the newer one back; one without is', async () => {
  const { db } = await testDatabase()
  const study = await claimedStudy(db)
  const message = () => [newResult({ kind: 'ORU' })]
  const taken = () =>
    db
      .updateTable('delivery')
      .set({ state: 'sent', sentAt: new Date(), dueAt: null })
      .where('state', '=', 'owed')
      .execute()
  const stale = async () => (await findToReject(db, { superseded: true }, 10)).flatMap(({ results }) => results).length
  await save(db, study, newAnalysis({ deviceUid: '2.25.1' }), message(), ['HIS'])
  await taken()
  await save(db, await again(db, study), newAnalysis({ deviceUid: '2.25.2', modelVersion: '2.0.0' }), message(), [
    'HIS',
  ])
  await taken()
  const recall = { modelId: 'demo', modelVersion: '1.0.0', from: new Date(0), until: new Date(Date.now() + 60_000) }
  await recallResults(db, { ...recall, title: 'patient-safety', reanalyse: false })
  expect(await stale()).toBe(0)
  // Nothing speaks for the study any more, and its receiver is not told of that by a message.
  const reason = { outcome: 'declined', code: 'NO_IMAGE', reason: 'none' } as const
  await saveNotAnalysed(db, await again(db, study), reason, [], to(['HIS']))
  expect(await stale()).toBe(2)
})
