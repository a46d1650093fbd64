import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { readConfig } from '../../src/config/read-config.ts'
import { listStudies, showStudy } from '../../src/db/study-view.ts'
import { encodeFileMeta } from '../../src/dicom/file-meta.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { TransferSyntax } from '../../src/dicom/transfer-syntaxes.ts'
import { encodeDataSet } from '../../src/dicom/write-data-set.ts'
import { startNode } from '../../src/roles/node.ts'
import { parseUid } from '../../src/study/identifiers.ts'
import { breakableDatabase } from '../support/breakable-wire.ts'
import { testDatabase } from '../support/database.ts'
import { temporaryFolder } from '../support/needs.ts'
import { nodeEnvironment, untilStudies } from '../support/node.ts'
import { tinyDx } from '../support/part10.ts'
import { dxFile, push } from '../support/push.ts'
import { recordedLog } from '../support/recorded-log.ts'
import { until } from '../support/recording-scp.ts'

vi.setConfig({ testTimeout: 180_000 })

const STUDY = parseUid('1.2.3')

async function startReceiver(url: string, directory: string, log = recordedLog()) {
  const node = await startNode(readConfig(undefined, nodeEnvironment(directory, url)), ['receiver'], log.overrides)
  onTestFinished(() => node[Symbol.asyncDispose]())
  return node
}

/** What a receiver that was killed between storing an instance and recording it leaves in arrived. */
async function arrivedFile(directory: string, id: string, change: Parameters<typeof tinyDx>[0], aeTitle = 'CR1') {
  const dataSet = tinyDx(change)
  const meta = encodeFileMeta({
    sopClassUid: SopClass.DigitalXRayImageStorageForPresentation,
    sopInstanceUid: String(dataSet.SOPInstanceUID),
    transferSyntaxUid: TransferSyntax.ExplicitVrLittleEndian,
    ...(aeTitle && { sourceAeTitle: aeTitle, receivingAeTitle: 'MCADS' }),
  })
  const path = join(directory, 'arrived', `${id}.dcm`)
  await mkdir(join(directory, 'arrived'), { recursive: true })
  await writeFile(path, Buffer.concat([meta, encodeDataSet(dataSet)]))
  const minuteAgo = Date.now() / 1000 - 60
  await utimes(path, minuteAgo, minuteAgo)
}

test('while the database is down instances are stored and answered 0000H; their rows follow when it is back', async () => {
  const { url, db } = await testDatabase()
  const wire = await breakableDatabase(url)
  const directory = join(await temporaryFolder(), 'state')
  const log = recordedLog()
  const { dicomPort = 0 } = await startReceiver(wire.url, directory, log)
  await wire.cut()

  const files = [await dxFile(), await dxFile({ SOPInstanceUID: '1.2.3.4.2' })]
  expect(await push(dicomPort, ...files)).toEqual(['0000H', '0000H'])
  expect(await readdir(join(directory, 'arrived'))).toHaveLength(2)
  expect(await listStudies(db, { limit: 9 })).toEqual([])
  expect(log.saying('instance stored; its row follows when the database answers')).toHaveLength(2)

  await wire.mend()
  const isWhole = (view: { study: { state: string }; instances: readonly unknown[] }) =>
    view.study.state === 'complete' && view.instances.length === 2
  const [view] = await untilStudies(db, 1, { done: isWhole, withinMs: 120_000 })
  expect(view?.instances.map(({ sopInstanceUid }) => String(sopInstanceUid)).sort()).toEqual(['1.2.3.4', '1.2.3.4.2'])
  await until(async () => (await readdir(join(directory, 'arrived'))).length === 0, 20_000)
  expect(await push(dicomPort, ...files)).toEqual(['0000H', '0000H'])
  expect((await showStudy(db, STUDY))?.study.revision).toBe(view?.study.revision)
})

test('an instance in arrived without a row gets one when the receiver starts, as it was sent', async () => {
  const { url, db } = await testDatabase()
  const directory = join(await temporaryFolder(), 'state')
  await arrivedFile(directory, '11111111-1111-4111-8111-111111111111', {})
  await startReceiver(url, directory)
  const [view] = await untilStudies(db, 1, { done: ({ study }) => study.state === 'complete' })
  expect(view?.instances).toMatchObject([{ sopInstanceUid: '1.2.3.4', callingAeTitle: 'CR1', calledAeTitle: 'MCADS' }])
  expect(await readdir(join(directory, 'arrived'))).toEqual([])
  expect(await readdir(join(directory, 'instances/11'))).toEqual(['11111111-1111-4111-8111-111111111111.dcm'])
})

test('a file in arrived that can never be recorded goes to quarantine; others get their rows, and the receiver starts', async () => {
  const { url, db } = await testDatabase()
  const directory = join(await temporaryFolder(), 'state')
  await arrivedFile(directory, '00000000-0000-4000-8000-000000000000', { SOPInstanceUID: '1.2.3.9' }, '')
  await arrivedFile(directory, '11111111-1111-4111-8111-111111111111', {})
  const log = recordedLog()
  await startReceiver(url, directory, log)
  const [view] = await untilStudies(db, 1, { done: ({ study }) => study.state === 'complete' })
  expect(view?.instances.map(({ sopInstanceUid }) => String(sopInstanceUid))).toEqual(['1.2.3.4'])
  expect(log.saying('no row could be made for a stored file')).toMatchObject([
    { id: '00000000-0000-4000-8000-000000000000', code: 'USAGE' },
  ])
  expect(await readdir(join(directory, 'arrived'))).toEqual([])
  expect(await readdir(join(directory, 'quarantine'))).toHaveLength(2)
})

test('of the same SOP Instance UID with other content, recovered later, the first is kept and the other quarantined', async () => {
  const { url, db } = await testDatabase()
  const directory = join(await temporaryFolder(), 'state')
  await arrivedFile(directory, '11111111-1111-4111-8111-111111111111', {})
  const log = recordedLog()
  await startReceiver(url, directory, log)
  await untilStudies(db, 1, { done: ({ study }) => study.state === 'complete' })
  await arrivedFile(directory, '22222222-2222-4222-8222-222222222222', { PatientName: 'OTHER^CONTENT' })
  await until(async () => (await readdir(join(directory, 'quarantine'))).length === 2, 30_000)
  expect((await showStudy(db, STUDY))?.instances).toHaveLength(1)
  expect(await readdir(join(directory, 'arrived'))).toEqual([])
  expect(log.saying('instance refused')).toMatchObject([{ code: 'CONTENT_CONFLICT' }])
})
