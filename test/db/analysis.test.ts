import { describe, expect, test } from 'vitest'
import { recordInstance } from '../../src/db/instance.ts'
import { findKnownResults } from '../../src/db/result.ts'
import { retryStudy } from '../../src/db/retry-study.ts'
import type { Db } from '../../src/db/schema.ts'
import { declineStudy, findStudiesDue } from '../../src/db/study.ts'
import { type StudyView, showStudy } from '../../src/db/study-view.ts'
import type { Uid } from '../../src/study/identifiers.ts'
import { testDatabase } from '../support/database.ts'
import { claimedStudy, newAnalysis, newInstance, newResult, newUid, saveAnalysis, sha256 } from '../support/rows.ts'

async function show(db: Db, studyInstanceUid: Uid): Promise<StudyView> {
  const view = await showStudy(db, studyInstanceUid)
  if (!view) throw new Error('no such study')
  return view
}

describe('saving an analysis', () => {
  test('the study is analysed, and every result is owed to every destination at once', async () => {
    const { db } = await testDatabase()
    const study = await claimedStudy(db)
    const analysis = newAnalysis()
    const results = [newResult(), newResult({ kind: 'SC', label: 'Pneumothorax' })]
    expect(await saveAnalysis(db, study, analysis, results, ['PACS', 'WORKSTATION'])).toBe(true)
    const view = await show(db, study.studyInstanceUid)
    expect(view.study).toMatchObject({ state: 'analysed', dueAt: null, reasonCode: null })
    expect(view.analyses).toEqual([expect.objectContaining({ ...analysis, revision: 1, finishedAt: expect.any(Date) })])
    expect(view.results).toEqual(
      results.map(({ bytes, ...result }) => expect.objectContaining({ ...result, bytes: String(bytes) })),
    )
    expect(view.deliveries.map(({ destination, state, attempts }) => `${destination} ${state} ${attempts}`)).toEqual([
      'PACS owed 0',
      'WORKSTATION owed 0',
      'PACS owed 0',
      'WORKSTATION owed 0',
    ])
  })

  test('why it was deferred before is forgotten', async () => {
    const { db } = await testDatabase()
    const study = await claimedStudy(db)
    await db.updateTable('study').set({ reasonCode: 'CHILD_DIED', reason: 'killed' }).execute()
    expect(await saveAnalysis(db, study, newAnalysis(), [], [])).toBe(true)
    expect((await show(db, study.studyInstanceUid)).study).toMatchObject({ reasonCode: null, reason: null })
  })

  test('of two that analysed the same study at once one saves', async () => {
    const { db } = await testDatabase()
    const study = await claimedStudy(db)
    const results = [newResult()]
    const saved = await Promise.all([1, 2].map(() => saveAnalysis(db, study, newAnalysis(), results, ['PACS'])))
    expect(saved.sort()).toEqual([false, true])
    const { analyses, deliveries } = await show(db, study.studyInstanceUid)
    expect([analyses.length, deliveries.length]).toEqual([1, 1])
  })

  test('nothing is saved for a revision that was opened again meanwhile', async () => {
    const { db } = await testDatabase()
    const study = await claimedStudy(db)
    await recordInstance(db, newInstance({ studyInstanceUid: study.studyInstanceUid }))
    expect(await saveAnalysis(db, study, newAnalysis(), [newResult()], ['PACS'])).toBe(false)
    const { analyses, results, deliveries } = await show(db, study.studyInstanceUid)
    expect([analyses, results, deliveries]).toEqual([[], [], []])
  })

  test('nothing is saved when a part of it cannot be', async () => {
    const { db } = await testDatabase()
    const study = await claimedStudy(db)
    await expect(saveAnalysis(db, study, newAnalysis(), [newResult({ bytes: 0 })], ['PACS'])).rejects.toThrow()
    const view = await show(db, study.studyInstanceUid)
    expect([view.study.state, view.analyses]).toEqual(['complete', []])
  })

  test('analysed again, a study keeps its results and their deliveries, and owes them to a new destination', async () => {
    const { db } = await testDatabase()
    const study = await claimedStudy(db)
    const analysis = newAnalysis()
    const result = newResult()
    await saveAnalysis(db, study, analysis, [result], ['PACS'])
    expect(await retryStudy(db, study.studyInstanceUid)).toMatchObject({
      analysis: true,
      deliveries: 0,
      unconfirmed: 0,
    })
    const again = { ...result, file: 'other', sha256: sha256('other') }
    expect(await saveAnalysis(db, study, analysis, [again], ['PACS', 'ARCHIVE'])).toBe(true)
    const view = await show(db, study.studyInstanceUid)
    expect(view.analyses).toHaveLength(1)
    expect(view.results).toEqual([expect.objectContaining({ file: result.file, sha256: result.sha256 })])
    expect(view.deliveries.map(({ destination }) => destination)).toEqual(['PACS', 'ARCHIVE'])
  })
})

test('each result is owed to the destinations that want it, and one that stands in for another to none', async () => {
  const { db } = await testDatabase()
  const study = await claimedStudy(db)
  const sr = newResult({ wantedBy: ['PACS'] })
  const alternative = newResult({ alternativeOf: sr.sopInstanceUid })
  const results = [sr, alternative, newResult({ kind: 'SC' })]
  expect(await saveAnalysis(db, study, newAnalysis(), results, ['PACS', 'ARCHIVE'])).toBe(true)
  const view = await show(db, study.studyInstanceUid)
  const [first, second, third] = view.results.map(({ id }) => id)
  expect(second).toBeDefined()
  expect(view.deliveries.map(({ resultId, destination }) => [resultId, destination])).toEqual([
    [first, 'PACS'],
    [third, 'PACS'],
    [third, 'ARCHIVE'],
  ])
  expect(view.results[1]).toMatchObject({ alternativeOf: sr.sopInstanceUid })
})

test('of some SOP Instance UIDs those of our own results are known', async () => {
  const { db } = await testDatabase()
  const [known, unknown] = [newResult(), newUid()]
  await saveAnalysis(db, await claimedStudy(db), newAnalysis(), [known], [])
  const found = await findKnownResults(db, [unknown, known.sopInstanceUid])
  expect(found.map(({ sopInstanceUid }) => sopInstanceUid)).toEqual([known.sopInstanceUid])
  expect(await findKnownResults(db, [])).toEqual([])
})

describe('retrying a study', () => {
  test('a declined study is due again, as if for the first time', async () => {
    const { db } = await testDatabase()
    const study = await claimedStudy(db)
    await declineStudy(db, study, 'NO_IMAGE', 'none')
    expect(await retryStudy(db, study.studyInstanceUid)).toMatchObject({
      analysis: true,
      deliveries: 0,
      unconfirmed: 0,
    })
    expect((await show(db, study.studyInstanceUid)).study).toMatchObject({ reasonCode: null, finishedAt: null })
    const { id, studyInstanceUid } = study
    expect(await findStudiesDue(db, 10)).toEqual([{ id, studyInstanceUid, revision: 1, attempts: 0 }])
  })

  test('a study still receiving is left alone', async () => {
    const { db } = await testDatabase()
    const instance = newInstance()
    await recordInstance(db, instance)
    expect(await retryStudy(db, instance.studyInstanceUid)).toMatchObject({
      analysis: false,
      deliveries: 0,
      unconfirmed: 0,
    })
    expect(await findStudiesDue(db, 10)).toEqual([])
  })

  test('a study unknown cannot be retried', async () => {
    const { db } = await testDatabase()
    expect(await retryStudy(db, newUid())).toBeUndefined()
  })
})
