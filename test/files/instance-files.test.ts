import { createHash } from 'node:crypto'
import { readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { encodeFileMeta, parseFileMeta } from '../../src/dicom/file-meta.ts'
import { Failure } from '../../src/failure.ts'
import { BLOCK_BYTES } from '../../src/files/growing-file.ts'
import { openInstanceFiles } from '../../src/files/instance-files.ts'
import { PAGE_BYTES, writesDirectly } from '../../src/files/uncached-file.ts'
import { imageDataSet, incoming } from '../support/incoming.ts'
import { collect, expectRebuilt, opened, receive } from '../support/instance-store.ts'

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

test('a received instance is a Part 10 file in arrived with the data set byte for byte, readable by its owner only', async () => {
  const { directory, files, names } = await opened()
  const dataSet = imageDataSet({ rows: 20_000 })
  const instance = await receive(files, dataSet)
  expect(await names('arrived')).toEqual([`${instance.id}.dcm`])
  expect(await names('incoming')).toEqual([])
  const path = join(directory, 'arrived', `${instance.id}.dcm`)
  const bytes = await readFile(path)
  const { dataSetOffset, ...meta } = parseFileMeta(bytes)
  expect(bytes.subarray(dataSetOffset).equals(dataSet)).toBe(true)
  expect(meta).toMatchObject({ sourceAeTitle: 'CR1', receivingAeTitle: 'MCADS', sopInstanceUid: '1.2.3.4.5' })
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(instance).toMatchObject({
    studyInstanceUid: '1.2.3.1',
    seriesInstanceUid: '1.2.3.1.1',
    callingAeTitle: 'CR1',
    calledAeTitle: 'MCADS',
    bytes: bytes.length,
    sha256: sha256(dataSet),
  })
})

test.each([1, 99, 3000, 3300])(
  'of %i rows, what one block holds ends with a page where writes are direct',
  async (rows) => {
    const { directory, files } = await opened()
    const dataSet = imageDataSet({ rows })
    const instance = await receive(files, dataSet)
    const bytes = await readFile(join(directory, 'arrived', `${instance.id}.dcm`))
    const direct = await writesDirectly(join(directory, 'probe'))
    const least = encodeFileMeta({ ...parseFileMeta(bytes), withSha256: true }).length + dataSet.length
    const inOneBlock = Math.ceil(least / PAGE_BYTES) * PAGE_BYTES <= BLOCK_BYTES
    expect(inOneBlock).toBe(rows < 3300)
    expect(bytes.length).toBe(direct && inOneBlock ? Math.ceil(least / PAGE_BYTES) * PAGE_BYTES : least)
    expect(bytes.subarray(parseFileMeta(bytes).dataSetOffset).equals(dataSet)).toBe(true)
    expectRebuilt(await collect(files.arrived(0)), [instance])
  },
)

test('a data set of an odd length is kept as it came', async () => {
  const { directory, files } = await opened()
  const dataSet = Buffer.concat([imageDataSet(), Buffer.alloc(1)])
  const instance = await receive(files, dataSet)
  const bytes = await readFile(join(directory, 'arrived', `${instance.id}.dcm`))
  expect(bytes.subarray(parseFileMeta(bytes).dataSetOffset).equals(dataSet)).toBe(true)
  expectRebuilt(await collect(files.arrived(0)), [instance])
})

test('the same data set has the same SHA-256 under another file meta information', async () => {
  const { files } = await opened()
  const first = await receive(files, imageDataSet())
  const sink = files.openSink({ ...incoming(), callingAeTitle: 'ANOTHER' })
  sink.write(imageDataSet())
  expect((await sink.finish()).sha256).toBe(first.sha256)
})

test('settle moves an instance from arrived to instances, and again does no harm', async () => {
  const { directory, files, names } = await opened()
  const { id } = await receive(files, imageDataSet())
  expect(await files.pathOf(id)).toBe(join(directory, 'arrived', `${id}.dcm`))
  await files.settle(id)
  await files.settle(id)
  expect(await names('arrived')).toEqual([])
  expect(await files.pathOf(id)).toBe(join(directory, 'instances', id.slice(0, 2), `${id}.dcm`))
  expect((await files.readHeader(id)).number('Rows')).toBe(100)
})

test('an instance without a file is NOT_FOUND', async () => {
  const { files } = await opened()
  const id = '00000000-0000-4000-8000-00000000000f'
  await expect(files.settle(id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(files.pathOf(id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(files.readHeader(id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('remove takes a duplicate out of arrived', async () => {
  const { files, names } = await opened()
  await files.remove((await receive(files, imageDataSet())).id)
  expect(await names('arrived')).toEqual([])
})

test('what discard ends leaves nothing in incoming, whenever it comes', async () => {
  const { files, names } = await opened()
  const reason = new Failure('ASSOCIATION_ABORTED', 'gone')
  await files.openSink(incoming()).discard(reason)
  const sink = files.openSink(incoming())
  for (let i = 0; i < 100; i++) void sink.write(Buffer.alloc(60_000))
  await sink.discard(reason)
  expect(await names('incoming')).toEqual([])
  expect(() => sink.write(Buffer.alloc(2))).toThrow(reason)
})

test('a sender that is faster than the disk is asked to wait', async () => {
  const { files } = await opened()
  const sink = files.openSink(incoming())
  const asked = Array.from({ length: 200 }, () => sink.write(Buffer.alloc(60_000)) !== undefined)
  expect(asked.indexOf(true)).toBe(Math.floor((2 * BLOCK_BYTES) / 60_000))
  await sink.discard(new Failure('ASSOCIATION_ABORTED', 'gone'))
})

test('less space than must stay free is DISK_FULL with nothing left behind', async () => {
  const { files, names } = await opened({ minimumFreeBytes: Number.MAX_SAFE_INTEGER })
  await expect(receive(files, imageDataSet())).rejects.toMatchObject({ code: 'DISK_FULL', retry: 'transient' })
  expect([...(await names('incoming')), ...(await names('arrived'))]).toEqual([])
})

test('a data set larger than allowed is DATA_SET_TOO_LARGE', async () => {
  const { files } = await opened({ maximumInstanceBytes: 1000 })
  await expect(receive(files, imageDataSet())).rejects.toMatchObject({ code: 'DATA_SET_TOO_LARGE' })
})

test.each([
  ['random bytes', 'DATA_SET_UNREADABLE', Buffer.from('4f8a12ff00c9'.repeat(500), 'hex')],
  ['nothing', 'DATA_SET_UNREADABLE', Buffer.alloc(0)],
  ['a truncated image', 'DATA_SET_UNREADABLE', imageDataSet().subarray(0, 5000)],
  ['a header that breaks off', 'DATA_SET_UNREADABLE', imageDataSet().subarray(0, 100)],
  ['another instance than the command said', 'SOP_CLASS_MISMATCH', imageDataSet({ sopInstanceUid: '1.9.9' })],
  ['a Study Instance UID that is none', 'UID_INVALID', imageDataSet({ studyInstanceUid: 'a/../b' })],
])('%s goes to quarantine with a note that says nothing of the patient: %s', async (_name, code, dataSet) => {
  const { directory, files, names } = await opened()
  await expect(receive(files, dataSet)).rejects.toMatchObject({ code })
  expect(await names('incoming')).toEqual([])
  expect(await names('arrived')).toEqual([])
  const kept = (await names('quarantine')).sort()
  expect(kept).toEqual([`${sha256(dataSet)}.dcm`, `${sha256(dataSet)}.json`])
  const note = await readFile(join(directory, 'quarantine', kept[1] ?? ''), 'utf8')
  expect(JSON.parse(note)).toMatchObject({
    code,
    times: 1,
    callingAeTitle: 'CR1',
    sopInstanceUid: '1.2.3.4.5',
    sha256: sha256(dataSet),
  })
  expect(note).not.toContain('SECRET')
  const bytes = await readFile(join(directory, 'quarantine', kept[0] ?? ''))
  expect(bytes.subarray(parseFileMeta(bytes).dataSetOffset).equals(dataSet)).toBe(true)
})

test('the same data set is in quarantine once, however often it is sent; its note counts', async () => {
  const { directory, files, names } = await opened()
  const dataSet = imageDataSet().subarray(0, 5000)
  for (let i = 0; i < 3; i++) await expect(receive(files, dataSet)).rejects.toThrow()
  await expect(receive(files, imageDataSet().subarray(0, 4000))).rejects.toThrow()
  expect((await names('quarantine')).filter((name) => name.endsWith('.dcm'))).toHaveLength(2)
  const note = join(directory, 'quarantine', `${sha256(dataSet)}.json`)
  expect(JSON.parse(await readFile(note, 'utf8'))).toMatchObject({ times: 3, code: 'DATA_SET_UNREADABLE' })
  await writeFile(note, 'half a no')
  await expect(receive(files, dataSet)).rejects.toThrow()
  expect(JSON.parse(await readFile(note, 'utf8'))).toMatchObject({ times: 1 })
  expect(await names('incoming')).toEqual([])
})

test('a header longer than 64 KB is read on, up to 8 MB', async () => {
  const { files } = await opened()
  const { id } = await receive(files, imageDataSet({ before: Buffer.alloc(3_000_000) }))
  expect((await files.readHeader(id)).number('Rows')).toBe(100)
  const tooLong = imageDataSet({ before: Buffer.alloc(9_000_000) })
  await expect(receive(files, tooLong)).rejects.toMatchObject({ code: 'DATA_SET_UNREADABLE' })
})

test('an arrived instance in conflict is kept apart', async () => {
  const { directory, files, names } = await opened()
  const { id, sha256: hash } = await receive(files, imageDataSet())
  await files.quarantine(id, new Failure('CONTENT_CONFLICT', 'other content'))
  expect(await names('arrived')).toEqual([])
  const note = JSON.parse(await readFile(join(directory, 'quarantine', `${hash}.json`), 'utf8'))
  expect(note).toMatchObject({ code: 'CONTENT_CONFLICT', sha256: hash, callingAeTitle: 'CR1', calledAeTitle: 'MCADS' })
})

test('opening again removes what killed processes left in incoming an hour ago, and nothing younger', async () => {
  const { directory, names } = await opened()
  const [old, young] = ['old.part', 'young.part'].map((name) => join(directory, 'incoming', name))
  await writeFile(old ?? '', 'x')
  await writeFile(young ?? '', 'x')
  const twoHoursAgo = new Date(Date.now() - 7_200_000)
  await utimes(old ?? '', twoHoursAgo, twoHoursAgo)
  await openInstanceFiles({ directory, minimumFreeBytes: 0, maximumInstanceBytes: 1e9 })
  expect(await names('incoming')).toEqual(['young.part'])
})

test('a result is kept once under the name of its content', async () => {
  const { directory, files, names } = await opened()
  const bytes = Buffer.from('encoded')
  const [first, again] = await Promise.all([files.saveResult(bytes), files.saveResult(bytes)])
  expect(first).toEqual({ file: `${sha256(bytes)}.dcm`, sha256: sha256(bytes) })
  expect(again).toEqual(first)
  expect(await files.saveResult(bytes)).toEqual(first)
  expect(await names('results')).toEqual([first.file])
  expect(await names('incoming')).toEqual([])
  expect(await readFile(files.resultPath(first.file))).toEqual(bytes)
  expect(files.resultPath(first.file).startsWith(join(directory, 'results'))).toBe(true)
  expect(() => files.resultPath('../../etc/passwd')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
})

test('many instances at once are each whole, and free space is told', async () => {
  const { files, names } = await opened()
  const uids = Array.from({ length: 40 }, (_, i) => `1.2.3.${i}`)
  const stored = await Promise.all(
    uids.map((uid, i) => receive(files, imageDataSet({ sopInstanceUid: uid, rows: 300 + i, fill: i }), uid)),
  )
  expect(await names('arrived')).toHaveLength(40)
  expect(new Set(stored.map(({ sha256: hash }) => hash)).size).toBe(40)
  expect(await collect(files.arrived(0))).toHaveLength(40)
  expect(await files.freeBytes()).toBeGreaterThan(1e6)
})
