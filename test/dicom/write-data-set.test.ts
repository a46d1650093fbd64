import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DataSet, Value } from '../../src/dicom/data-set.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { encodeDataSet } from '../../src/dicom/write-data-set.ts'
import { encodeInstance } from '../../src/dicom/write-instance.ts'
import { dcmtk } from '../support/dcmtk.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const text = (value: string) => Buffer.from(value, 'latin1').toString('hex')

const UIDS = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.7', SOPInstanceUID: '2.25.7' }

describe('explicit VR little endian as written', () => {
  test('writes tags ascending whatever the order of the keywords', () => {
    const one = encodeDataSet({ PatientID: 'A1', Modality: 'OT', Rows: 2 })
    const other = encodeDataSet({ Rows: 2, PatientID: 'A1', Modality: 'OT' })
    expect(hex(one)).toBe(hex(other))
    expect(hex(one)).toBe(
      `08006000${text('CS')}0200${text('OT')}10002000${text('LO')}0200${text('A1')}28001000${text('US')}02000200`,
    )
  })

  test('pads UI and OB with NUL and other text with a space', () => {
    expect(hex(encodeDataSet({ SOPInstanceUID: '2.3' }))).toBe(`08001800${text('UI')}0400${text('2.3')}00`)
    expect(hex(encodeDataSet({ PatientID: 'abc' }))).toBe(`10002000${text('LO')}0400${text('abc')}20`)
    expect(hex(encodeDataSet({ PixelData: new Uint8Array([9]) }))).toBe(`e07f1000${text('OB')}0000020000000900`)
  })

  test('writes sequences and items with defined lengths, empty ones too', () => {
    const encoded = encodeDataSet({ ReferencedStudySequence: [{ ReferencedSOPInstanceUID: '1.2' }, {}] })
    const item = `08005511${text('UI')}0400${text('1.2')}00`
    expect(hex(encoded)).toBe(`08001011${text('SQ')}00001c000000feff00e00c000000${item}feff00e000000000`)
    expect(hex(encodeDataSet({ ReferencedStudySequence: [] }))).toBe(`08001011${text('SQ')}000000000000`)
  })

  test('writes an attribute without a value for null, an empty array and empty text', () => {
    for (const value of [null, [], '']) expect(hex(encodeDataSet({ StudyID: value }))).toBe(`20001000${text('SH')}0000`)
  })

  test('copies bytes of a source as they stand, over-long and in any character set', () => {
    const value = Uint8Array.from({ length: 71 }, (_, i) => 0x80 + i)
    const encoded = encodeDataSet({ PatientID: value })
    expect(hex(encoded)).toBe(`10002000${text('LO')}4800${hex(value)}20`)
  })

  test('writes numbers of every binary representation, and DS and IS as text', () => {
    const header = parseHeader(
      encodeInstance({
        ...UIDS,
        Rows: 65535,
        SimpleFrameList: [1, 4294967295],
        ReferencePixelX0: -5,
        GraphicData: [0.5, 1024.25],
        RealWorldValueSlope: 0.1,
        TagAngleSecondAxis: -3,
        SeriesNumber: -9901,
        WindowCenter: [1 / 3, 40],
      }),
    )
    expect(header.number('Rows')).toBe(65535)
    expect(header.numbers('SimpleFrameList')).toEqual([1, 4294967295])
    expect(header.number('ReferencePixelX0')).toBe(-5)
    expect(header.numbers('GraphicData')).toEqual([0.5, 1024.25])
    expect(header.number('RealWorldValueSlope')).toBe(0.1)
    expect(header.number('TagAngleSecondAxis')).toBe(-3)
    expect(header.strings('SeriesNumber')).toEqual(['-9901'])
    expect(header.strings('WindowCenter')).toEqual(['0.33333333333333', '40'])
  })

  test('returns bytes with no memory behind them', () => {
    const { buffer, byteLength, byteOffset } = encodeDataSet({ PixelData: Buffer.from([1, 2, 3, 4]) })
    expect([buffer.byteLength, byteOffset]).toEqual([byteLength, 0])
  })
})

describe('what PS3.5 does not allow', () => {
  const cases: readonly (readonly [string, string, Value])[] = [
    ['LO of 65 characters', 'PatientID', 'x'.repeat(65)],
    ['SH of 17 characters', 'StudyID', 'x'.repeat(17)],
    ['CS of 17 characters', 'Modality', 'X'.repeat(17)],
    ['CS in lower case', 'Modality', 'ot'],
    ['CS with a hyphen', 'ImageType', ['DERIVED', 'A-B']],
    ['ST of 1025 characters', 'DerivationDescription', 'x'.repeat(1025)],
    ['LT of 10241 characters', 'ImageComments', 'x'.repeat(10241)],
    ['PN with a component group of 65 characters', 'PatientName', `Doe=${'x'.repeat(65)}`],
    ['PN with four component groups', 'PatientName', 'a=b=c=d'],
    ['UI with a leading zero in a component', 'StudyInstanceUID', '1.02'],
    ['UI of 65 characters', 'StudyInstanceUID', `1.${'2'.repeat(63)}`],
    ['DS of 17 characters', 'WindowCenter', '1.234567890123456'],
    ['DS that is no number', 'WindowCenter', 'wide'],
    ['DS from NaN', 'WindowCenter', Number.NaN],
    ['IS from a fraction', 'SeriesNumber', 1.5],
    ['IS beyond 32 bits', 'SeriesNumber', 2 ** 31],
    ['DA with a month 13', 'StudyDate', '20261301'],
    ['DA in the old form', 'StudyDate', '2026.01.01'],
    ['TM with colons', 'StudyTime', '10:11:12'],
    ['TM with an hour 24', 'StudyTime', '240000'],
    ['DT with a letter', 'ContributionDateTime', '20260101120000Z'],
    ['AS without a unit', 'PatientAge', '081'],
    ['AE of 17 characters', 'RetrieveAETitle', 'X'.repeat(17)],
    ['UR with a space', 'RetrieveURL', 'http://a b'],
    ['LO with a line feed', 'PatientID', 'a\nb'],
    ['LO with a backslash inside one value', 'SoftwareVersions', 'a\\b'],
    ['text of ours beyond ASCII', 'SeriesDescription', 'Größe'],
    ['several values in ST', 'DerivationDescription', ['a', 'b']],
    ['US below zero', 'Rows', -1],
    ['US beyond 16 bits', 'Rows', 65536],
    ['US from a fraction', 'Rows', 1.5],
    ['FL that is infinite as a float', 'GraphicData', [1e39]],
    ['FL from NaN', 'GraphicData', [Number.NaN]],
    ['text where US holds numbers', 'Rows', '512'],
    ['a number where CS holds text', 'Modality', 1],
    ['a data set where LO holds text', 'PatientID', [{}]],
    ['text where a sequence is', 'ReferencedStudySequence', '1.2'],
    ['text as an item', 'ReferencedStudySequence', ['1.2']],
    ['text where OB holds bytes', 'PixelData', 'pixels'],
    ['more bytes than a 16-bit length can say', 'PatientID', new Uint8Array(65536)],
    ['an unknown keyword', 'PatientNme', 'Doe'],
    ['a file meta attribute', 'TransferSyntaxUID', '1.2'],
  ]
  test.each(cases)('refuses %s, naming the attribute', (_, keyword, value) => {
    const refused = expect.objectContaining({
      code: 'RESULT_INVALID',
      message: expect.stringMatching(new RegExp(`^${keyword}(\\[1\\])?: `)),
    })
    expect(() => encodeDataSet({ [keyword]: value })).toThrow(refused)
  })

  test('accepts the longest that PS3.5 allows', () => {
    const longest: DataSet = {
      PatientID: 'x'.repeat(64),
      StudyID: 'x'.repeat(16),
      Modality: 'X'.repeat(16),
      DerivationDescription: 'x'.repeat(1024),
      ImageComments: `${'x'.repeat(10238)}\r\n`,
      PatientName: `${'x'.repeat(64)}=${'y'.repeat(64)}=${'z'.repeat(64)}`,
      StudyInstanceUID: `1.${'2'.repeat(62)}`,
      StudyTime: '235960.999999',
      ContributionDateTime: '20261231235959.999999+1400',
      SeriesNumber: -2147483648,
      WindowCenter: '-1.2345678901E+5',
    }
    expect(encodeDataSet(longest).length % 2).toBe(0)
  })

  test('names the whole keyword path and never the value', () => {
    const wrong = { ContentSequence: [{}, { ConceptNameCodeSequence: [{ CodeMeaning: 'SECRET'.repeat(20) }] }] }
    let message = ''
    try {
      encodeDataSet(wrong)
    } catch (error) {
      message = error instanceof Error ? error.message : ''
    }
    expect(message).toContain('ContentSequence[2].ConceptNameCodeSequence[1].CodeMeaning: ')
    expect(message).not.toContain('SECRET')
  })

  test('refuses an instance without its UIDs', () => {
    const refused = expect.objectContaining({ code: 'RESULT_INVALID' })
    expect(() => encodeInstance({ SOPClassUID: UIDS.SOPClassUID })).toThrow(refused)
  })
})

describeWith(['dcmdump'], 'DCMTK reading what we wrote', () => {
  test('finds a Part 10 file with our values, nested sequences included', async () => {
    const file = join(await temporaryFolder(), 'a.dcm')
    await writeFile(
      file,
      encodeInstance({
        ...UIDS,
        ImageType: ['DERIVED', 'SECONDARY', '', 'X'],
        SourceImageSequence: [
          { PurposeOfReferenceCodeSequence: [{ CodeMeaning: 'deep' }], SpatialLocationsPreserved: 'NO' },
        ],
        ReferencedStudySequence: [],
        ImageComments: 'a\\b\r\nc',
      }),
    )
    const { exitCode, output } = await dcmtk('dcmdump', '-q', '+L', file)
    expect(exitCode).toBe(0)
    expect(output).toContain('Little Endian Explicit')
    expect(output).toMatch(/\(0008,0008\) CS \[DERIVED\\SECONDARY\\\\X\] +# +20, 4 ImageType/)
    expect(output).toMatch(/\(0008,0104\) LO \[deep\]/)
    expect(output).toMatch(/\(0008,1110\) SQ .*#=0/)
    expect(output).toMatch(/\(0020,4000\) LT/)
  })
})
