import { readFileSync } from 'node:fs'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { checkInstance, MAX_HEADER_BYTES } from '../../src/dicom/check-instance.ts'
import type { DataSet } from '../../src/dicom/data-set.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { TransferSyntax } from '../../src/dicom/transfer-syntaxes.ts'
import { corpus, describeWith } from '../support/needs.ts'
import { encapsulated, part10, tinyDx } from '../support/part10.ts'

const COMMAND = { sopClassUid: SopClass.DigitalXRayImageStorageForPresentation, sopInstanceUid: '1.2.3.4' }
type Command = Parameters<typeof checkInstance>[2]
const check = (file: Uint8Array, total = file.length, command: Command = COMMAND) => checkInstance(file, total, command)
const failure = (code: string, message: string | RegExp = '') =>
  expect.objectContaining({ name: 'Failure', code, message: expect.stringMatching(message) })

function without(keyword: string): DataSet {
  return Object.fromEntries(Object.entries(tinyDx()).filter(([key]) => key !== keyword))
}

test('a proper instance gives its UIDs', () => {
  expect(check(part10(tinyDx()))).toMatchObject({
    ...COMMAND,
    studyInstanceUid: '1.2.3',
    seriesInstanceUid: '1.2.3.1',
  })
})

test('asks for more while Pixel Data is not reached, however the beginning is cut', () => {
  const file = part10(tinyDx({ PatientComments: 'x'.repeat(3000) }))
  const pixels = file.indexOf(Buffer.from('e07f1000', 'hex'))
  for (let length = 0; length < pixels + 12; length += 7)
    expect(check(file.subarray(0, length), file.length)).toBe('more')
  expect(check(file.subarray(0, pixels + 12), file.length)).toMatchObject({ studyInstanceUid: '1.2.3' })
})

test('no longer asks at the end of the file, nor beyond 8 MB', () => {
  expect(() => check(part10(tinyDx()).subarray(0, 300))).toThrow(failure('DATA_SET_UNREADABLE'))
  const long = Buffer.concat([part10(without('PixelData')), Buffer.alloc(MAX_HEADER_BYTES)])
  expect(() => check(long.subarray(0, MAX_HEADER_BYTES), 20_000_000)).toThrow(failure('DATA_SET_UNREADABLE'))
})

describe('compares with the C-STORE command', () => {
  test.each([
    ['SOPClassUID', { SOPClassUID: SopClass.ComputedRadiographyImageStorage }],
    ['SOPInstanceUID', { SOPInstanceUID: '1.2.3.5' }],
  ])('another %s is refused', (keyword, change) => {
    expect(() => check(part10(tinyDx(change)))).toThrow(failure('SOP_CLASS_MISMATCH', keyword))
  })

  test('padding of the UID in the command does not matter', () => {
    expect(check(part10(tinyDx()), 9999, { ...COMMAND, sopInstanceUid: '1.2.3.4\0' })).not.toBe('more')
  })
})

describe('refuses an instance', () => {
  test.each([
    'SOPClassUID',
    'SOPInstanceUID',
    'StudyInstanceUID',
    'SeriesInstanceUID',
    'Rows',
    'BitsAllocated',
    'PixelData',
  ])('without %s', (keyword) => {
    expect(() => check(part10(without(keyword)))).toThrow(failure('DATA_SET_UNREADABLE', keyword))
  })

  test('whose Study Instance UID would leave the folder of its file', () => {
    const file = part10(tinyDx({ StudyInstanceUID: '1.2.3.45678' }))
    file.write('../../etc/x', file.indexOf('1.2.3.45678'), 'latin1')
    expect(() => check(file)).toThrow(failure('UID_INVALID'))
  })

  test.each([
    ['of no rows', { Rows: 0 }, /Rows/],
    ['of more rows than pixels', { Rows: 5 }, /shorter/],
    ['of half as many rows', { Rows: 2 }, /longer/],
    ['of more frames than pixels', { NumberOfFrames: '2' }, /shorter/],
    ['of 16 bits with pixels for 8', { BitsAllocated: 16 }, /shorter/],
    ['of no frames', { NumberOfFrames: '0' }, /NumberOfFrames/],
  ])('%s', (_, change, message) => {
    expect(() => check(part10(tinyDx(change)))).toThrow(failure('DATA_SET_UNREADABLE', message))
  })

  test('whose file ends inside the pixels', () => {
    const file = part10(tinyDx())
    expect(() => check(file, file.length - 1)).toThrow(failure('DATA_SET_UNREADABLE', /ends before/))
  })

  test('whose Pixel Data is native though its transfer syntax is not, and the other way round', () => {
    expect(() => check(part10(tinyDx(), TransferSyntax.JpegLsLossless))).toThrow(failure('DATA_SET_UNREADABLE'))
    const file = Buffer.concat([part10(without('PixelData')), encapsulated([Buffer.alloc(16)])])
    expect(() => check(file)).toThrow(failure('DATA_SET_UNREADABLE'))
  })
})

test('accepts encapsulated Pixel Data without looking into it', () => {
  const pixels = encapsulated([Buffer.alloc(16)])
  const file = Buffer.concat([part10(without('PixelData'), TransferSyntax.JpegLsLossless), pixels])
  expect(check(file)).toMatchObject({ studyInstanceUid: '1.2.3' })
})

test('accepts a deflated instance', () => {
  const file = part10(tinyDx(), TransferSyntax.DeflatedExplicitVrLittleEndian, (bytes) => deflateRawSync(bytes))
  expect(check(file)).toMatchObject({ studyInstanceUid: '1.2.3' })
})

test('what it says of a fault carries no value of the data set', () => {
  for (const keyword of ['StudyInstanceUID', 'Rows', 'PixelData'])
    try {
      check(part10({ ...without(keyword), PatientName: 'Secret^Name', PatientID: 'SECRET' }))
    } catch (error) {
      expect(JSON.stringify(error) + String(error)).not.toMatch(/secret/i)
    }
})

describeWith(['corpus'], 'of real files', () => {
  const read = (path: string) => readFileSync(corpus(`dicom/${path}`))
  /** As a command that says what the data set says, for files that can be read at all. */
  const byItself = (file: Buffer) => {
    const header = parseHeader(file)
    const [sopClassUid = '', sopInstanceUid = ''] = [header.string('SOPClassUID'), header.string('SOPInstanceUID')]
    return check(file.subarray(0, 65_536), file.length, { sopClassUid, sopInstanceUid })
  }

  test.each([
    'chest/AIHCND_C2_Starte__test1.dcm',
    'chest/Registration__cxr.dcm',
    'chest/dcmnorm__sc.dcm',
    'chest/highdicom__dx_image.dcm',
    'chest/pylibjpeg-data__JPEG2KLossless_1s_1f_u_16_16.deid.dcm',
    'derived/nih8_deflated.dcm',
    'derived/nih8_rle.dcm',
    'radiograph/fo-dicom__CR-ModalitySequenceLUT.dcm',
  ])('%s is accepted from its first 64 KB', (path) => {
    expect(byItself(read(path))).toHaveProperty('studyInstanceUid')
  })

  test('one with three VOI LUTs needs more than 64 KB', () => {
    const file = read('radiograph/dicom-fuzzer__dx_352x370_14bit_evle.dcm')
    const command = { sopClassUid: SopClass.DigitalXRayImageStorageForPresentation, sopInstanceUid: '' }
    const sopInstanceUid = parseHeader(file).string('SOPInstanceUID') ?? ''
    expect(byItself(file)).toBe('more')
    expect(check(file.subarray(0, 262_144), file.length, { ...command, sopInstanceUid })).toHaveProperty(
      'studyInstanceUid',
    )
  })

  test.each([
    'charset/pydicom__chrJapMulti.dcm',
    'broken/fo-dicom__GH179B.dcm',
    'broken/fo-dicom__GH223.dcm',
    'broken/pydicom__DICOMDIR-nooffset.dcm',
    'broken/pydicom__UN_sequence.dcm',
    'broken/pydicom__meta_missing_tsyntax.dcm',
    'broken/pydicom__nested_priv_SQ.dcm',
    'broken/pydicom__no_meta.dcm',
  ])('%s is refused', (path) => {
    expect(() => byItself(read(path))).toThrow(failure('DATA_SET_UNREADABLE'))
  })
})
