import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { encodeFileMeta, parseFileMeta, SHA256_BYTES, widenFileMeta } from '../../src/dicom/file-meta.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from '../../src/dicom/implementation.ts'
import { isStrictUid } from '../../src/study/identifiers.ts'
import { imageDataSet } from '../support/incoming.ts'
import { corpus, describeWith } from '../support/needs.ts'

const META = {
  sopClassUid: '1.2.840.10008.5.1.4.1.1.7',
  sopInstanceUid: '1.2.3.45',
  transferSyntaxUid: '1.2.840.10008.1.2.1',
  sourceAeTitle: 'CR1',
  receivingAeTitle: 'MCADS',
}

test('file meta information is read back as it was encoded, and ends where the data set begins', () => {
  const bytes = encodeFileMeta(META)
  expect(parseFileMeta(bytes)).toEqual({ ...META, dataSetOffset: bytes.length })
  expect(Buffer.from(bytes).readUInt32LE(140)).toBe(bytes.length - 144)
  const { sourceAeTitle: _, receivingAeTitle: __, ...least } = META
  expect(parseFileMeta(encodeFileMeta(least))).toMatchObject({ ...least, sourceAeTitle: undefined })
})

test('file meta information names the node as implementation, and another parser reads it', () => {
  const meta = parseHeader(Buffer.concat([encodeFileMeta(META), imageDataSet()]))
  expect(meta.string('ImplementationClassUID')).toBe(IMPLEMENTATION_CLASS_UID)
  expect(meta.string('ImplementationVersionName')).toBe(IMPLEMENTATION_VERSION_NAME)
  expect(meta.string('SourceApplicationEntityTitle')).toBe('CR1')
  expect(isStrictUid(IMPLEMENTATION_CLASS_UID)).toBe(true)
  expect(IMPLEMENTATION_VERSION_NAME.length).toBeLessThanOrEqual(16)
})

test('file meta information made longer says the same, and both its lengths hold', () => {
  const bytes = encodeFileMeta({ ...META, withSha256: true })
  const wide = widenFileMeta(bytes, 1000)
  wide.fill(0xab, bytes.length - SHA256_BYTES, bytes.length)
  const dataSetSha256 = 'ab'.repeat(SHA256_BYTES)
  expect(parseFileMeta(wide)).toEqual({ ...META, dataSetOffset: bytes.length + 1000, dataSetSha256 })
  expect(wide.readUInt32LE(140)).toBe(wide.length - 144)
  expect(parseHeader(Buffer.concat([wide, imageDataSet()])).bytes('PrivateInformation')).toHaveLength(1032)
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['no DICM prefix', Buffer.alloc(500)],
  ['a group that breaks off', Buffer.from(encodeFileMeta(META)).subarray(0, 200)],
  ['no transfer syntax', Buffer.from(encodeFileMeta(META)).subarray(0, 144)],
])('a file with %s is DATA_SET_UNREADABLE', (_name, bytes) => {
  expect(() => parseFileMeta(bytes)).toThrow(expect.objectContaining({ code: 'DATA_SET_UNREADABLE' }))
})

describeWith(['corpus'], 'real files', () => {
  test.each([
    ['dicom/chest/Registration__cxr.dcm', '1.2.840.10008.1.2.4.70'],
    ['dicom/derived/nih8_rle.dcm', '1.2.840.10008.1.2.5'],
  ])('%s begins its data set after its file meta information', (path, transferSyntaxUid) => {
    const bytes = readFileSync(corpus(path))
    const meta = parseFileMeta(bytes)
    expect(meta.transferSyntaxUid).toBe(transferSyntaxUid)
    expect(bytes.readUInt16LE(meta.dataSetOffset)).toBe(0x0008)
  })
})
