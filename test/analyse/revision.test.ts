import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { recallResults } from '../../src/db/recall.ts'
import { retryStudy } from '../../src/db/retry-study.ts'
import type { StudyView } from '../../src/db/study-view.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { readableSr } from '../../src/report/sr-text.ts'
import { startTestNode, type TestNode, untilStudies } from '../support/node.ts'
import { openPacs } from '../support/pacs.ts'
import { push, radiographFile } from '../support/push.ts'

vi.setConfig({ testTimeout: 90_000 })

const ap = () => radiographFile({ SOPInstanceUID: '1.2.3.41', ViewPosition: 'AP' })
/** PA is preferred. */
const pa = () => radiographFile({ SOPInstanceUID: '1.2.3.42', ViewPosition: 'PA' })

const isDone = ({ study, deliveries, results }: StudyView) =>
  study.state === 'analysed' &&
  deliveries.every(({ state }) => state !== 'owed') &&
  results.every(({ supersededAt, rejectedBy, alternativeOf }) => !supersededAt || rejectedBy || alternativeOf)
const settled = async ({ db }: TestNode, done = isDone) => {
  const [view] = await untilStudies(db, 1, { done })
  if (!view) throw new Error('no study')
  return view
}
const kinds = ({ results }: StudyView) => {
  const shown = results.filter(({ alternativeOf }) => alternativeOf === null)
  return shown.map(({ kind, supersededAt }) => `${kind} ${supersededAt ? 'superseded' : 'current'}`).sort()
}
const fileOf = ({ directory }: TestNode, file = '') => readFile(join(directory, 'results', file))

test('a late image that is the better one supersedes: a new SR that names the old one, and a note that rejects what the PACS has of it', async () => {
  const pacs = await openPacs()
  const node = await startTestNode({ destinations: [pacs.destination] })
  await push(node.dicomPort, await ap())
  const first = await settled(node)
  const before = new Set(pacs.taken.keys())
  await push(node.dicomPort, await pa())
  const second = await settled(node, (view) => view.study.revision === 2 && isDone(view))
  expect(second.analyses.filter(({ current }) => current).map(({ sopInstanceUid }) => sopInstanceUid)).toEqual([
    '1.2.3.42',
  ])
  expect(kinds(second).filter((kind) => kind === 'SR current')).toHaveLength(1)
  expect(kinds(second).filter((kind) => kind === 'SR superseded')).toHaveLength(1)

  const stale = [...before]
  const report = second.results.find((result) => result.kind === 'SR' && !result.supersededAt)
  const text = readableSr(await fileOf(node, report?.file))
  const old = first.results.find(({ kind, alternativeOf }) => kind === 'SR' && !alternativeOf)
  expect(text).toContain(`Replaces the result of phantom-densenet`)
  expect(text).toContain(`SOP Instance UID ${old?.sopInstanceUid}.`)

  const note = second.results.find(({ kind }) => kind === 'REJECTION')
  expect(pacs.taken.has(note?.sopInstanceUid ?? '')).toBe(true)
  const header = parseHeader(await fileOf(node, note?.file))
  expect(header.string('SOPClassUID')).toBe(SopClass.KeyObjectSelectionDocumentStorage)
  expect(header.items('ConceptNameCodeSequence')[0]?.string('CodeValue')).toBe('113001')
  expect(header.string('StudyInstanceUID')).toBe('1.2.3')
  const rejected = header
    .items('CurrentRequestedProcedureEvidenceSequence')
    .flatMap((study) => study.items('ReferencedSeriesSequence'))
    .flatMap((series) => series.items('ReferencedSOPSequence'))
    .map((reference) => reference.string('ReferencedSOPInstanceUID') ?? '')
  expect(rejected.sort()).toEqual(stale.sort())
})

test('a study analysed again with the same image, model and settings sends nothing and keeps its bytes, however often', async () => {
  const pacs = await openPacs()
  const node = await startTestNode({ destinations: [pacs.destination] })
  await push(node.dicomPort, await pa())
  const first = await settled(node)
  const offered = [...pacs.offered]
  for (let count = 0; count < 2; count++) {
    await retryStudy(node.db, first.study.studyInstanceUid)
    await settled(node, (view) => isDone(view) && Number(view.study.finishedAt) > Number(first.study.finishedAt))
  }
  // Longer than a sweep.
  await sleep(2500)
  const last = await settled(node)
  expect(last.results).toEqual(first.results)
  expect(pacs.offered).toEqual(offered)
})

test('a late image that is not the better one changes nothing at the PACS', async () => {
  const pacs = await openPacs()
  const node = await startTestNode({ destinations: [pacs.destination] })
  await push(node.dicomPort, await pa())
  const first = await settled(node)
  const offered = [...pacs.offered]
  await push(node.dicomPort, await ap())
  const second = await settled(node, (view) => view.study.revision === 2 && isDone(view))
  expect(second.results).toEqual(first.results)
  expect(pacs.offered).toEqual(offered)
})

test('where the images are no longer kept, a note is made of what was made of them', async () => {
  const pacs = await openPacs()
  const node = await startTestNode({ destinations: [{ ...pacs.destination, objects: ['sr'] }] })
  await push(node.dicomPort, await pa())
  const first = await settled(node)
  await rm(join(node.directory, 'instances'), { recursive: true })
  await recallResults(node.db, {
    ...{ modelId: 'phantom-densenet', modelVersion: '1.0.0', from: new Date(0), until: new Date() },
    ...{ title: 'patient-safety', reanalyse: false },
  })
  const isRejected = ({ results, deliveries }: StudyView) =>
    results.some(({ kind }) => kind === 'REJECTION') && deliveries.every(({ state }) => state === 'sent')
  const view = await settled(node, isRejected)
  const note = view.results.find(({ kind }) => kind === 'REJECTION')
  expect(pacs.taken.has(note?.sopInstanceUid ?? '')).toBe(true)
  const header = parseHeader(await fileOf(node, note?.file))
  const [sr] = first.results
  expect(header.string('PatientID')).toBe(parseHeader(await fileOf(node, sr?.file)).string('PatientID'))
  expect(header.items('ConceptNameCodeSequence')[0]?.string('CodeValue')).toBe('113037')
})

test('where superseded results are kept, they are marked and nothing is said to the PACS', async () => {
  const pacs = await openPacs()
  const environment = { MCADS_RESULTS__SUPERSEDED: 'keep' }
  const node = await startTestNode({ destinations: [pacs.destination], environment })
  await push(node.dicomPort, await ap())
  await settled(node)
  await push(node.dicomPort, await pa())
  const superseded = ({ study, deliveries }: StudyView) =>
    study.revision === 2 && study.state === 'analysed' && deliveries.every(({ state }) => state !== 'owed')
  await settled(node, superseded)
  await sleep(2500)
  const view = await settled(node, superseded)
  expect(view.results.some(({ supersededAt }) => supersededAt)).toBe(true)
  expect(view.results.filter(({ kind }) => kind === 'REJECTION')).toEqual([])
})
