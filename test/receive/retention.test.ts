import { readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { saveNotAnalysed } from '../../src/db/analysis.ts'
import { findInstancesByUid } from '../../src/db/commitment-report.ts'
import { findInstances, recordInstance } from '../../src/db/instance.ts'
import { recallResults } from '../../src/db/recall.ts'
import { findToReject, saveRejection } from '../../src/db/rejection.ts'
import { removeInstances } from '../../src/db/retention.ts'
import { retryStudy } from '../../src/db/retry-study.ts'
import type { Db } from '../../src/db/schema.ts'
import { claimStudy, closeQuietStudies } from '../../src/db/study.ts'
import { showStudy } from '../../src/db/study-view.ts'
import { type InstanceFiles, openInstanceFiles } from '../../src/files/instance-files.ts'
import { openEvents } from '../../src/observe/events.ts'
import { openLogger } from '../../src/observe/logger.ts'
import { openMetrics } from '../../src/observe/metrics.ts'
import { openRows } from '../../src/receive/open-rows.ts'
import { removeExpired } from '../../src/receive/remove-expired.ts'
import { openStudyAssociations } from '../../src/receive/study-associations.ts'
import { testDatabase } from '../support/database.ts'
import { imageDataSet, incoming } from '../support/incoming.ts'
import { temporaryFolder } from '../support/needs.ts'
import {
  AT_ONCE,
  analysedStudy,
  letPass,
  newAnalysis,
  newInstance,
  newResult,
  saveAnalysis,
  to,
} from '../support/rows.ts'

const DAY = 86_400_000

/** A node's rows and files, with one study analysed and its result owed to `pacs`. */
async function analysed() {
  const { db } = await testDatabase()
  const directory = await temporaryFolder()
  const files = await openInstanceFiles({ directory, minimumFreeBytes: 0, maximumInstanceBytes: 1e9 })
  const saved = await files.saveResult(Buffer.from('a result'), 'dcm')
  const study = await analysedStudy(db, ['pacs'], [newResult(saved)])
  const events = openEvents(openLogger('fatal'), openMetrics())
  const sweep = (retention: { pixels?: number; results?: number; quarantine?: number }, maximumQuarantine = 1e9) =>
    removeExpired({ db, files, events, retention, maximumQuarantine })
  const names = async (folder: string) =>
    (await readdir(join(directory, folder), { recursive: true })).filter((name) => name.includes('.'))
  await takeIn(db, files, study.studyInstanceUid)
  let age = 0
  /** For rows and for result files. */
  const pass = async (ms: number) => {
    age += ms
    const then = new Date(Date.now() - age)
    await letPass(db, ms)
    for (const name of await names('results')) await utimes(files.resultPath(name), then, then)
  }
  await pass(10 * DAY)
  return { db, files, study, sweep, names, saved, pass }
}

/** An image of the study that a receiver stored before the study was analysed. */
async function takeIn(db: Db, files: InstanceFiles, studyInstanceUid: string): Promise<void> {
  const sink = files.openSink(incoming())
  sink.write(imageDataSet({ studyInstanceUid }))
  const rows = openRows({ db, files, associations: openStudyAssociations(db) })
  expect(await rows.record(await sink.finish(), '00000000-0000-4000-8000-000000000001')).toBe('stored')
  const state = { state: 'analysed', completedAt: new Date(), finishedAt: new Date() } as const
  await db.updateTable('study').set(state).execute()
}

const deliver = (db: Db) => db.updateTable('delivery').set({ state: 'sent', sentAt: new Date(), dueAt: null }).execute()

test('pixels of a study that was done with so long ago leave; rows and results stay, and say so', async () => {
  const { db, study, sweep, names } = await analysed()
  await deliver(db)
  await sweep({ pixels: 20 * DAY })
  expect(await names('instances')).toHaveLength(1)
  await sweep({ pixels: 5 * DAY })
  expect(await names('instances')).toEqual([])
  expect(await names('results')).toHaveLength(1)
  const view = await showStudy(db, study.studyInstanceUid)
  expect(view).toMatchObject({ study: { state: 'analysed' }, results: [{}], deliveries: [{ state: 'sent' }] })
  for (const { removedAt } of view?.instances ?? []) expect(removedAt).toBeInstanceOf(Date)
  expect(await retryStudy(db, study.studyInstanceUid)).toMatchObject({ analysis: false, pixels: false })
})

test('by itself nothing leaves', async () => {
  const { db, sweep, names } = await analysed()
  await deliver(db)
  await letPass(db, 1000 * DAY)
  await sweep({})
  expect([...(await names('instances')), ...(await names('results'))]).toHaveLength(2)
})

test.each([
  ['a delivery that is owed', async () => {}],
  [
    'a delivery that is held for a person',
    (db: Db) => db.updateTable('delivery').set({ state: 'held', dueAt: null, reasonCode: 'X' }).execute(),
  ],
  [
    'a delivery about which the destination is to be asked',
    (db: Db) => db.updateTable('delivery').set({ state: 'sent', sentAt: new Date(), dueAt: new Date() }).execute(),
  ],
  [
    'an analysis that is owed',
    async (db: Db) => {
      await db.updateTable('study').set({ state: 'complete', finishedAt: null, dueAt: new Date() }).execute()
      await db.updateTable('delivery').set({ state: 'refused', dueAt: null, reasonCode: 'X' }).execute()
    },
  ],
])('nothing leaves while there is %s', async (_name, owe) => {
  const { db, sweep, names } = await analysed()
  await owe(db)
  await sweep({ pixels: DAY, results: DAY })
  await sweep({ pixels: DAY, results: DAY })
  expect([...(await names('instances')), ...(await names('results'))]).toHaveLength(2)
})

test('what a sender was promised to be kept stays', async () => {
  const { db, sweep, names } = await analysed()
  await deliver(db)
  const instances = JSON.stringify([{ sopClassUid: '1.2', sopInstanceUid: '1.2.3.4.5' }])
  await sql`
    insert into commitment_report (transaction_uid, ae_title, called_ae_title, instances, state, due_at, sent_at)
    values ('1.2.3', 'CR1', 'MCADS', ${instances}, 'sent', null, now())`.execute(db)
  await sweep({ pixels: DAY })
  expect(await names('instances')).toHaveLength(1)
})

test('later everything of the study leaves, after its pixels and with its results', async () => {
  const { db, study, sweep, names, pass } = await analysed()
  await deliver(db)
  await sweep({ pixels: 5 * DAY, results: 20 * DAY })
  expect(await names('results')).toHaveLength(1)
  await pass(20 * DAY)
  await sweep({ pixels: 5 * DAY, results: 20 * DAY })
  expect([...(await names('instances')), ...(await names('results'))]).toEqual([])
  expect(await showStudy(db, study.studyInstanceUid)).toBeUndefined()
  expect(await findInstances(db, study.id)).toEqual([])
})

test('a file that was saved for another study meanwhile, whose row is still to come, stays', async () => {
  const { db, files, study, sweep, names, saved } = await analysed()
  await deliver(db)
  expect(await files.saveResult(Buffer.from('a result'), 'dcm')).toEqual(saved)
  await sweep({ pixels: 5 * DAY, results: 5 * DAY })
  expect(await showStudy(db, study.studyInstanceUid)).toBeUndefined()
  expect(await names('results')).toEqual([saved.file])
})

test('the same instance again, after its pixels left, is known and does not come back', async () => {
  const { db, files, study, sweep, names } = await analysed()
  await deliver(db)
  await sweep({ pixels: DAY })
  const sink = files.openSink(incoming())
  sink.write(imageDataSet({ studyInstanceUid: study.studyInstanceUid }))
  const rows = openRows({ db, files, associations: openStudyAssociations(db) })
  expect(await rows.record(await sink.finish(), '00000000-0000-4000-8000-000000000001')).toBe('repeated')
  expect([...(await names('instances')), ...(await names('arrived'))]).toEqual([])
})

test('of the quarantine the oldest leaves when there is too much, and all that is too old', async () => {
  const { files, sweep, names } = await analysed()
  for (const rows of [60, 70, 80]) {
    const sink = files.openSink(incoming())
    sink.write(imageDataSet({ rows }).subarray(0, 10_000 + rows))
    await sink.finish().catch(() => {})
  }
  const [newest] = await files.quarantined.list()
  await sweep({}, 20_000)
  expect((await files.quarantined.list()).map(({ name }) => name)).toEqual([newest?.name])
  await sweep({ quarantine: DAY })
  expect(await names('quarantine')).toHaveLength(2)
  await sweep({ quarantine: -1 })
  expect(await names('quarantine')).toEqual([])
})

test('what is recalled stays until a note rejects it wherever it is held, and is not analysed again without its images', async () => {
  const { db, study, sweep, names } = await analysed()
  await deliver(db)
  await sweep({ pixels: DAY })
  // `claimedStudy` recorded an instance without a file.
  const model = { modelId: 'demo', modelVersion: '1.0.0', from: new Date(0), until: new Date(Date.now() + DAY) }
  const recalled = await recallResults(db, { ...model, title: 'patient-safety', reanalyse: true })
  expect(recalled).toMatchObject({ results: 1, reanalysed: 0 })
  await sweep({ results: DAY })
  expect(await names('results')).toHaveLength(1)
  const [toReject] = await findToReject(db, { superseded: false }, 10)
  if (!toReject) throw new Error('nothing to reject')
  await saveRejection(db, toReject, newResult({ kind: 'REJECTION' }))
  await sweep({ results: DAY })
  // The note is owed.
  expect(await names('results')).toHaveLength(1)
  await deliver(db)
  await sweep({ results: DAY })
  expect(await showStudy(db, study.studyInstanceUid)).toBeUndefined()
})

test('an instance that comes when the images have left, and is declined, does not overturn what was found in them', async () => {
  const { db, study, sweep } = await analysed()
  await deliver(db)
  await sweep({ pixels: DAY })
  const { studyInstanceUid } = study
  const { studyId } = await recordInstance(db, newInstance({ studyInstanceUid }))
  await closeQuietStudies(db, AT_ONCE)
  const claim = await claimStudy(db, studyId, 60_000)
  if (!claim) throw new Error('not due')
  const reason = { outcome: 'declined', code: 'VIEW_NOT_FRONTAL', reason: 'not frontal' } as const
  expect(await saveNotAnalysed(db, claim, reason, [], to([]))).toBe(true)
  const view = await showStudy(db, studyInstanceUid)
  expect(view?.results.map(({ supersededAt }) => supersededAt)).toEqual([null])
  expect(view?.analyses.map(({ current }) => current)).toEqual([true])
  // Nor does another model's analysis of what came; one of the same model does.
  for (const [modelId, current, superseded] of [
    ['other', [true, true], 0],
    ['demo', [true, true, false], 1],
  ] as const) {
    await retryStudy(db, studyInstanceUid)
    const again = await claimStudy(db, studyId, 60_000)
    if (!again) throw new Error('not due')
    await saveAnalysis(db, again, newAnalysis({ modelId }), [newResult()], [])
    const seen = await showStudy(db, studyInstanceUid)
    expect(seen?.analyses.map((each) => each.current)).toEqual(current)
    expect(seen?.results.filter(({ supersededAt }) => supersededAt)).toHaveLength(superseded)
  }
})

test('a storage commitment report that is made while images leave says that they have left', async () => {
  const { db, study } = await analysed()
  await deliver(db)
  const uids = (await findInstances(db, study.id)).map(({ sopInstanceUid }) => sopInstanceUid)
  let held: Promise<unknown[]> | undefined
  const gone = await removeInstances(db, study.id, DAY, async () => {
    held = findInstancesByUid(db, uids)
    await sleep(200)
  })
  expect(gone).toBe(uids.length)
  expect(await held).toEqual([])
  // Another receiver that was to do the same.
  expect(await removeInstances(db, study.id, DAY, async () => {})).toBe(0)
})
