import { readFileSync } from 'node:fs'
import { constants, deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { parseHeader } from '../../src/dicom/header.ts'
import { TransferSyntax } from '../../src/dicom/transfer-syntaxes.ts'
import { corpus, describeWith } from '../support/needs.ts'
import { part10, tinyDx } from '../support/part10.ts'

const unreadable = expect.objectContaining({ name: 'Failure', code: 'DATA_SET_UNREADABLE' })

describe('a header gives', () => {
  test('text split at backslashes without its padding, and bytes with it', () => {
    const header = parseHeader(part10(tinyDx({ ImageType: ['ORIGINAL', 'PRIMARY', ''], PatientID: 'A ' })))
    expect(header.strings('ImageType')).toEqual(['ORIGINAL', 'PRIMARY', ''])
    expect(header.string('PatientID')).toBe('A')
    expect(Buffer.from(header.bytes('SOPInstanceUID') ?? []).toString('latin1')).toBe('1.2.3.4\0')
    expect(header.string('SOPInstanceUID')).toBe('1.2.3.4')
  })

  test('the first value that is not empty', () => {
    expect(parseHeader(part10(tinyDx({ ImageType: ['', 'PRIMARY'] }))).string('ImageType')).toBe('PRIMARY')
    expect(parseHeader(part10(tinyDx({ ImageType: null }))).string('ImageType')).toBeUndefined()
  })

  test('numbers of every representation', () => {
    const header = parseHeader(
      part10(tinyDx({ WindowCenter: ['40', '-1.5E2'], InstanceNumber: '+7', RecommendedDisplayFrameRateInFloat: 1.5 })),
    )
    expect(header.numbers('WindowCenter')).toEqual([40, -150])
    expect(header.number('InstanceNumber')).toBe(7)
    expect(header.number('RecommendedDisplayFrameRateInFloat')).toBe(1.5)
    expect(header.number('Rows')).toBe(4)
  })

  test('nothing for text that is no number', () => {
    expect(parseHeader(part10(tinyDx({ InstanceNumber: '' }))).number('InstanceNumber')).toBeUndefined()
  })

  test('pixel padding in the two bytes it was sent in', () => {
    const header = parseHeader(part10(tinyDx({ PixelPaddingValue: 0xfc18 })))
    expect(header.number('PixelPaddingValue')).toBe(64_536)
  })

  test('items of sequences, each a header of its own', () => {
    const header = parseHeader(
      part10(
        tinyDx({ ViewCodeSequence: [{ CodeValue: 'R-10206' }, { ViewModifierCodeSequence: [{ CodeValue: 'X' }] }] }),
      ),
    )
    const [first, second] = header.items('ViewCodeSequence')
    expect(first?.string('CodeValue')).toBe('R-10206')
    expect(second?.items('ViewModifierCodeSequence')[0]?.string('CodeValue')).toBe('X')
    expect(header.items('ProcedureCodeSequence')).toEqual([])
    expect(header.string('CodeValue')).toBeUndefined()
  })

  test('whether an attribute is there, also without a value', () => {
    const header = parseHeader(part10(tinyDx({ StudyID: null })))
    expect(header.has('StudyID')).toBe(true)
    expect(header.bytes('StudyID')).toHaveLength(0)
    expect(header.has('AccessionNumber')).toBe(false)
    expect(header.bytes('AccessionNumber')).toBeUndefined()
  })

  test('file meta information', () => {
    expect(parseHeader(part10(tinyDx())).string('MediaStorageSOPInstanceUID')).toBe('1.2.3.4')
  })

  test('where Pixel Data begins, in the inflated bytes where it was deflated', () => {
    for (const file of [
      part10(tinyDx()),
      part10(tinyDx(), TransferSyntax.DeflatedExplicitVrLittleEndian, (bytes) => deflateRawSync(bytes)),
    ]) {
      const at = parseHeader(file).pixelDataAt
      expect(at?.length).toBe(16)
      expect(Array.from(at?.bytes.subarray(at.offset, at.offset + 3) ?? [])).toEqual([0, 17, 34])
    }
  })

  test('what follows an extended offset table, whose VR (OV) is 64-bit', () => {
    const { ExtendedOffsetTable, ...rest } = { ExtendedOffsetTable: Buffer.alloc(16), ...tinyDx() }
    const plain = part10(rest)
    const at = plain.indexOf(Buffer.from('e07f1000', 'hex'))
    const head = Buffer.from('e07f01004f56000010000000', 'hex')
    const file = Buffer.concat([plain.subarray(0, at), head, ExtendedOffsetTable, plain.subarray(at)])
    const header = parseHeader(file)
    expect(header.bytes('ExtendedOffsetTable')).toHaveLength(16)
    expect(header.pixelDataAt?.length).toBe(16)
  })

  test('the items of a sequence that came as UN, in Implicit VR Little Endian', () => {
    const code = Buffer.concat([Buffer.from('0800000104000000', 'hex'), Buffer.from('ABCD')])
    const item = Buffer.concat([Buffer.from('feff00e00c000000', 'hex'), code])
    const sequence = Buffer.concat([Buffer.from('54002002554e000014000000', 'hex'), item])
    const header = parseHeader(Buffer.concat([part10({ Modality: 'DX' }), sequence]))
    expect(header.items('ViewCodeSequence').map((one) => one.string('CodeValue'))).toEqual(['ABCD'])
  })

  test('an unknown keyword is a mistake of the caller', () => {
    expect(() => parseHeader(part10(tinyDx())).string('PatientsName')).toThrow('no such keyword')
    expect(() => parseHeader(part10(tinyDx())).string('constructor')).toThrow('no such keyword')
  })
})

describe('the beginning of a file', () => {
  test('is enough when it reaches Pixel Data', () => {
    const file = part10(tinyDx({ PixelData: new Uint8Array(1_000_000), Rows: 1000, Columns: 1000 }))
    const header = parseHeader(file.subarray(0, 2000))
    expect(header.pixelDataAt?.length).toBe(1_000_000)
    expect(header.number('Rows')).toBe(1000)
  })

  test('that ends inside an element is refused', () => {
    const file = part10(tinyDx())
    const at = file.indexOf(Buffer.from('MONOCHROME2', 'latin1'))
    expect(() => parseHeader(file.subarray(0, at + 4))).toThrow(unreadable)
  })

  test('of a deflated file inflates as far as it goes', () => {
    const noise = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 2_654_435_761) >>> 13)
    const dataSet = tinyDx({ PixelData: noise, Rows: 1000, Columns: 100 })
    const file = part10(dataSet, TransferSyntax.DeflatedExplicitVrLittleEndian, (bytes) => deflateRawSync(bytes))
    expect(parseHeader(file.subarray(0, 4000)).pixelDataAt?.length).toBe(100_000)
  })

  test.each([
    ['noise, then zeros', 0],
    ['zeros, then noise', 20_000_000],
  ])('of a deflated file inflates no more than is enough: %s', (_, from) => {
    const pixels = new Uint8Array(24_000_000)
    for (let i = 0; i < 3_000_000; i++) pixels[from + i] = (i * 2_654_435_761) >>> 13
    const dataSet = tinyDx({ PixelData: pixels, Rows: 4800, Columns: 5000 })
    const file = part10(dataSet, TransferSyntax.DeflatedExplicitVrLittleEndian, (bytes) => deflateRawSync(bytes))
    const at = parseHeader(file, 8_000_000).pixelDataAt
    expect(at?.length).toBe(pixels.length)
    expect(at?.bytes.length).toBeLessThanOrEqual(8_000_000)
  })
})

describe('what is no data set is refused', () => {
  test.each([
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(1000)],
    ['a preamble alone', Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')])],
    ['text', Buffer.from('not a DICOM file '.repeat(20))],
  ])('%s', (_, bytes) => {
    expect(() => parseHeader(bytes)).toThrow(unreadable)
  })

  test('a deflated data set that inflates without end', () => {
    const megabyte = deflateRawSync(Buffer.alloc(1024 * 1024), { finishFlush: constants.Z_SYNC_FLUSH })
    const bomb = () => Buffer.concat(new Array(600).fill(megabyte))
    const file = part10({}, TransferSyntax.DeflatedExplicitVrLittleEndian, bomb)
    expect(() => parseHeader(file)).toThrow(unreadable)
  })

  test('sequences nested 20,000 deep', () => {
    const open = Buffer.from('0800401153510000fffffffffeff00e0ffffffff', 'hex')
    const file = Buffer.concat([part10({}), ...new Array(20_000).fill(open)])
    expect(() => parseHeader(file)).toThrow(unreadable)
  })

  const ELEMENT = Buffer.from('080000004c4f0000', 'hex')
  const ITEM = Buffer.from('feff00e000000000', 'hex')
  const OPEN = Buffer.from('0800401153510000ffffffff', 'hex')
  const OPEN_ITEM = Buffer.from('feff00e0ffffffff', 'hex')

  test.each([
    ['elements', [], ELEMENT],
    ['items', [OPEN], ITEM],
    ['elements of an item', [OPEN, OPEN_ITEM], ELEMENT],
  ])('a million %s', (_, before, repeated) => {
    const million = Buffer.alloc(8_000_000, repeated)
    expect(() => parseHeader(Buffer.concat([part10({}), ...before, million]))).toThrow('too many data elements')
  })

  test('ten thousand elements are not too many', () => {
    const many = Buffer.alloc(80_000, ELEMENT)
    const plain = part10(tinyDx())
    const at = plain.indexOf(Buffer.from('08001600', 'hex'))
    expect(at).toBeGreaterThan(0)
    const file = Buffer.concat([plain.subarray(0, at), many, plain.subarray(at)])
    expect(parseHeader(file).string('SOPInstanceUID')).toBe('1.2.3.4')
  })

  test('an element without a value representation', () => {
    const file = Buffer.concat([part10({}), Buffer.from('0800600000000200445800', 'hex')])
    expect(() => parseHeader(file)).toThrow(unreadable)
  })
})

describeWith(['corpus'], 'real files', () => {
  const read = (path: string) => parseHeader(readFileSync(corpus(`dicom/${path}`)))

  test('in every native encoding say the same', () => {
    const files = ['', '_bigendian', '_implicit', '_RLE', '_jp2klossless'].map((name) =>
      read(`transfer-syntax/dtf__MR_small${name}.dcm`),
    )
    for (const header of files) {
      expect(header.number('Rows')).toBe(64)
      expect(header.numbers('WindowCenter')).toEqual([600])
      expect(header.number('PixelRepresentation')).toBe(1)
      expect(header.number('SmallestImagePixelValue')).toBe(files[0]?.number('SmallestImagePixelValue'))
    }
    expect(files[0]?.number('SmallestImagePixelValue')).toEqual(expect.any(Number))
  })

  test('sent as UN throughout are read by the dictionary', () => {
    const header = read('broken/dtf__explicit_VR-UN.dcm')
    expect(header.number('Rows')).toBe(512)
    expect(header.string('Modality')).toBe('CT')
    expect(header.strings('ImageType')).toEqual(['ORIGINAL', 'PRIMARY', 'AXIAL'])
  })

  test('of a Modality LUT give its descriptor', () => {
    const [item] = read('chest/Registration__cxr.dcm').items('ModalityLUTSequence')
    expect(item?.numbers('LUTDescriptor')).toEqual([1024, 0, 16])
  })

  test('without a preamble, but with file meta information, are read', () => {
    expect(read('transfer-syntax/pydicom-data__JLSL_RGB_ILV1.dcm').number('Rows')).toBe(256)
  })
})
