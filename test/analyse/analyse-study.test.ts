import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { turned } from '../../models/frontal-check/cases.ts'
import { retryStudy } from '../../src/db/retry-study.ts'
import type { Db } from '../../src/db/schema.ts'
import { listStudies, type StudyView, showStudy } from '../../src/db/study-view.ts'
import type { DataSet } from '../../src/dicom/data-set.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { Failure, type FailureCode } from '../../src/failure.ts'
import { drawPhantom } from '../../src/model/phantom.ts'
import { parseUid, type Uid } from '../../src/study/identifiers.ts'
import { corpus, describeWith } from '../support/needs.ts'
import { startTestNode, type TestNode, untilStudies } from '../support/node.ts'
import { openPacs } from '../support/pacs.ts'
import { dxFile, instanceFile, phantomFile, push, radiographFile } from '../support/push.ts'
import { recordedLog } from '../support/recorded-log.ts'
import { claimedStudy, letPass } from '../support/rows.ts'

vi.setConfig({ testTimeout: 180_000 })

const JPEG = corpus('dicom/derived/nih8_jpegP14SV1.dcm')
const LONGER_THAN_A_SWEEP_MS = 3000

async function uidOf(file: string, keyword: string): Promise<Uid> {
  return parseUid(parseHeader(await readFile(file)).string(keyword) ?? '')
}

/** Every result's UID and the SHA-256 of its file. */
async function resultsOf({ directory }: TestNode, view: StudyView | undefined): Promise<string[]> {
  const lines = (view?.results ?? []).map(async ({ sopInstanceUid, file }) => {
    const bytes = await readFile(join(directory, 'results', file))
    return `${sopInstanceUid} ${createHash('sha256').update(bytes).digest('hex')}`
  })
  return (await Promise.all(lines)).sort()
}

/** What is known of the study once it is in the state and `revision`, and everything is delivered. */
async function until(db: Db, uid: Uid, state: string, revision = 1): Promise<StudyView | undefined> {
  const done = ({ study, deliveries }: StudyView) =>
    study.studyInstanceUid !== uid ||
    (study.state === state && study.revision === revision && deliveries.every((each) => each.state !== 'owed'))
  await untilStudies(db, 1, { done, withinMs: 150_000 })
  return showStudy(db, uid)
}

test('of a study with a lateral and a frontal image the frontal one is analysed', async () => {
  const { dicomPort, db } = await startTestNode()
  const frontal = await phantomFile()
  const study = await uidOf(frontal, 'StudyInstanceUID')
  const lateral = await dxFile({ StudyInstanceUID: study, SOPInstanceUID: '1.2.3.4.1', ViewPosition: 'LL' })
  expect(await push(dicomPort, lateral, frontal)).toEqual(['0000H', '0000H'])
  const view = await until(db, study, 'analysed')
  expect(view?.instances).toHaveLength(2)
  expect(view?.analyses.map(({ sopInstanceUid }) => sopInstanceUid)).toEqual([await uidOf(frontal, 'SOPInstanceUID')])
})

/** A phantom without View Position, lying on its side. */
async function turnedFile(change: DataSet): Promise<string> {
  const { rows, columns, pixels } = turned(drawPhantom({ seed: 4, size: 260, photometric: 'MONOCHROME2' }), 1)
  const PixelData = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength)
  return radiographFile({ ViewPosition: null, Rows: rows, Columns: columns, PixelData, ...change })
}

test('an image whose pixels are no upright frontal chest is passed over; if there is no other, its study is declined', async () => {
  const { dicomPort, db } = await startTestNode()
  const ids = { StudyInstanceUID: '1.2.3.9', SOPInstanceUID: '1.2.3.9.1' }
  await push(
    dicomPort,
    await turnedFile(ids),
    await radiographFile({ ...ids, SOPInstanceUID: '1.2.3.9.2', ViewPosition: null }),
  )
  await push(dicomPort, await turnedFile({ StudyInstanceUID: '1.2.3.8', SOPInstanceUID: '1.2.3.8.1' }))
  const both = await until(db, parseUid('1.2.3.9'), 'analysed')
  expect(both?.analyses.map(({ sopInstanceUid }) => sopInstanceUid)).toEqual(['1.2.3.9.2'])
  const frontal = both?.analyses[0]?.quality.find(({ check }) => check === 'frontalPixels')
  expect(frontal).toMatchObject({ outcome: 'passed', measured: expect.any(Number) })
  const alone = await until(db, parseUid('1.2.3.8'), 'declined')
  expect(alone?.study.reasonCode).toBe('PIXELS_NOT_FRONTAL')
})

test('a study without a frontal chest radiograph is declined with its reason, has no results and owes nothing', async () => {
  const pacs = await openPacs()
  const { dicomPort, db } = await startTestNode({ destinations: [pacs.destination] })
  await push(dicomPort, await dxFile({ BodyPartExamined: 'HAND' }))
  const view = await until(db, parseUid('1.2.3'), 'declined')
  expect(view?.study).toMatchObject({ reasonCode: 'BODY_PART_NOT_CHEST', dueAt: null })
  expect(view).toMatchObject({ analyses: [], results: [], deliveries: [] })
  await sleep(LONGER_THAN_A_SWEEP_MS)
  expect(pacs.offered).toEqual([])
})

test('a destination that wants to know is sent a page and its SR of a study that is declined, once; anew when they were superseded meanwhile', async () => {
  const pacs = await openPacs()
  const node = await startTestNode({ destinations: [{ ...pacs.destination, notAnalysed: 'page' }] })
  const file = await dxFile({ BodyPartExamined: 'HAND' })
  await push(node.dicomPort, file)
  const study = parseUid('1.2.3')
  const view = await until(node.db, study, 'declined')
  expect(view?.deliveries.map(({ state }) => state)).toEqual(['sent', 'sent'])
  expect(view?.results.map(({ kind, analysisId }) => [kind, analysisId]).slice(0, 2)).toEqual([
    ['SC', null],
    ['SR', null],
  ])
  const results = await resultsOf(node, view)
  await retryStudy(node.db, study)
  expect(await resultsOf(node, await until(node.db, study, 'declined'))).toEqual(results)
  await sleep(LONGER_THAN_A_SWEEP_MS)
  expect(pacs.offered).toHaveLength(2)
  // An analysis took its place, and is itself over.
  await node.db.updateTable('result').set({ supersededAt: new Date() }).execute()
  await retryStudy(node.db, study)
  const last = await until(node.db, study, 'declined')
  const anew = last?.results.filter((each) => !each.supersededAt && each.kind !== 'REJECTION' && !each.alternativeOf)
  expect(anew?.map(({ kind }) => kind)).toEqual(['SC', 'SR'])
  for (const { sopInstanceUid } of anew ?? []) expect(pacs.taken.has(sopInstanceUid)).toBe(true)
})

test('of a sender that writes in a character set without saying so, results say which', async () => {
  const pacs = await openPacs()
  const peers = [{ aeTitle: 'TESTER', host: '127.0.0.1', characterSet: 'ISO_IR 144' }]
  const node = await startTestNode({
    destinations: [{ ...pacs.destination, notAnalysed: 'page' }],
    environment: { MCADS_DICOM__PEERS: JSON.stringify(peers) },
  })
  const PatientName = Uint8Array.from(Buffer.from('b8d2d0ddded2', 'hex'))
  await push(node.dicomPort, await dxFile({ BodyPartExamined: 'HAND', PatientName }))
  const view = await until(node.db, parseUid('1.2.3'), 'declined')
  expect(view?.results).toHaveLength(5)
  for (const { file } of view?.results ?? []) {
    const header = parseHeader(await readFile(join(node.directory, 'results', file)))
    expect([header.string('SpecificCharacterSet'), header.text('PatientName')]).toEqual(['ISO_IR 144', 'Иванов'])
  }
})

test('a study analysed again has the same results, byte for byte, and sends nothing again', async () => {
  const pacs = await openPacs()
  const node = await startTestNode({ destinations: [pacs.destination] })
  const file = await phantomFile()
  const study = await uidOf(file, 'StudyInstanceUID')
  await push(node.dicomPort, file)
  const first = await until(node.db, study, 'analysed')
  const results = await resultsOf(node, first)
  expect(results.length).toBeGreaterThanOrEqual(2)

  expect(await retryStudy(node.db, study)).toMatchObject({ analysis: true, deliveries: 0, unconfirmed: 0 })
  const second = await until(node.db, study, 'analysed')
  expect(second?.study.finishedAt).not.toEqual(first?.study.finishedAt)
  expect(await resultsOf(node, second)).toEqual(results)
  expect(second?.analyses).toEqual(first?.analyses)
  expect(second?.deliveries).toEqual(first?.deliveries)
  await sleep(LONGER_THAN_A_SWEEP_MS)
  expect(pacs.offered).toHaveLength(first?.deliveries.length ?? 0)
})

test('an image that comes later has the study analysed as its next revision; the same image, the same results', async () => {
  const pacs = await openPacs()
  const node = await startTestNode({ destinations: [pacs.destination] })
  const file = await phantomFile()
  const study = await uidOf(file, 'StudyInstanceUID')
  await push(node.dicomPort, file)
  const first = await until(node.db, study, 'analysed')
  const results = await resultsOf(node, first)
  const lateral = await dxFile({ StudyInstanceUID: study, SOPInstanceUID: '1.2.3.4.1', ViewPosition: 'LL' })
  await push(node.dicomPort, lateral)
  const view = await until(node.db, study, 'analysed', 2)
  expect(view?.analyses.map(({ revision }) => revision)).toEqual([2, 1])
  expect(await resultsOf(node, view)).toEqual(results)
  await sleep(LONGER_THAN_A_SWEEP_MS)
  expect(pacs.offered).toHaveLength(first?.deliveries.length ?? 0)
})

test('a study whose analysis is cut short every time is failed as ATTEMPTS_EXHAUSTED', async () => {
  const { db } = await startTestNode({ roles: ['worker'], environment: { MCADS_ANALYSIS__ATTEMPTS: '1' } })
  const { studyInstanceUid } = await claimedStudy(db)
  await letPass(db, 120_000)
  const view = await until(db, studyInstanceUid, 'failed')
  expect(view?.study).toMatchObject({ reasonCode: 'ATTEMPTS_EXHAUSTED', attempts: 2, dueAt: null })
})

/** Longer than a study waits for the node around it, once it is deferred with this code. */
async function letTroublePass(db: Db, code: FailureCode): Promise<void> {
  await untilStudies(db, 1, { done: ({ study }) => study.reasonCode === code })
  await letPass(db, 15_000)
}

type Told = Awaited<ReturnType<typeof openPacs>>['destination']

/** A node that meets with these failures, one after the other, when it wants to read the study. */
async function startWith(codes: FailureCode[], attempts: string, destination?: Told): Promise<TestNode> {
  return startTestNode({
    destinations: destination ? [{ ...destination, notAnalysed: 'page' }] : [],
    roles: ['receiver', 'worker', 'sender'],
    environment: { MCADS_ANALYSIS__ATTEMPTS: attempts },
    overrides: ({ files }) => ({
      files: {
        ...files,
        async readHeader(id) {
          const code = codes.shift()
          if (code) throw new Failure(code, 'as the test has it')
          return files.readHeader(id)
        },
      },
    }),
  })
}

test('what may be the fault of the study is tried so often and no more; then it is failed with that reason', async () => {
  const { dicomPort, db } = await startWith(['CHILD_DIED', 'CHILD_DIED', 'CHILD_DIED'], '2')
  await push(dicomPort, await dxFile())
  const view = await until(db, parseUid('1.2.3'), 'failed')
  expect(view?.study).toMatchObject({ reasonCode: 'CHILD_DIED', reason: 'as the test has it', attempts: 2 })
})

test('a destination that wants to know is told of a study that failed; a page that cannot be kept now is made later', async () => {
  const pacs = await openPacs()
  const { dicomPort, db } = await startWith(['CHILD_DIED', 'FILE_UNREADABLE', 'CHILD_DIED'], '1', pacs.destination)
  await push(dicomPort, await dxFile())
  await letTroublePass(db, 'FILE_UNREADABLE')
  const view = await until(db, parseUid('1.2.3'), 'failed')
  expect(view?.study).toMatchObject({ reasonCode: 'CHILD_DIED' })
  expect(view?.deliveries.map(({ state }) => state)).toEqual(['sent', 'sent'])
})

test('what is the fault of the node around it is waited for, and no attempt is counted', async () => {
  const { dicomPort, db } = await startWith(['FILE_UNREADABLE'], '1')
  await push(dicomPort, await dxFile({ BodyPartExamined: 'HAND' }))
  await letTroublePass(db, 'FILE_UNREADABLE')
  const view = await until(db, parseUid('1.2.3'), 'declined')
  expect(view?.study).toMatchObject({ reasonCode: 'BODY_PART_NOT_CHEST', attempts: 1 })
})

describeWith(['corpus'], 'a JPEG image that ends inside its frame', () => {
  test('is passed over for the next best image of its study', async () => {
    const cut = await instanceFile((await readFile(JPEG)).subarray(0, 300_001))
    const study = await uidOf(cut, 'StudyInstanceUID')
    const log = recordedLog()
    const { dicomPort, db } = await startTestNode({ overrides: log.overrides })
    await push(dicomPort, cut, await radiographFile({ StudyInstanceUID: study, ViewPosition: null }))
    const view = await until(db, study, 'analysed')
    expect(view?.analyses).toMatchObject([{ sopInstanceUid: '1.2.3.4' }])
    expect(log.saying('a stored file cannot be read')).toMatchObject([{ code: 'PIXELS_UNREADABLE' }])
  })

  test('fails its study with PIXELS_UNREADABLE and a reason; others go on', async () => {
    const cut = await instanceFile((await readFile(JPEG)).subarray(0, 300_001))
    const { dicomPort, db } = await startTestNode({ environment: { MCADS_ANALYSIS__TIMEOUT: '60s' } })
    const other = await phantomFile()
    expect(await push(dicomPort, cut)).toEqual(['0000H'])
    expect(await push(dicomPort, other)).toEqual(['0000H'])
    await until(db, await uidOf(other, 'StudyInstanceUID'), 'analysed')
    const view = await until(db, await uidOf(cut, 'StudyInstanceUID'), 'failed')
    expect(view?.study).toMatchObject({ reasonCode: 'PIXELS_UNREADABLE', attempts: 1 })
    expect(view?.study.reason).toMatch(/the file ends inside a fragment/)
    expect((await listStudies(db, { state: 'failed', limit: 9 })).map(({ instances }) => instances)).toEqual([1])
  })
})
