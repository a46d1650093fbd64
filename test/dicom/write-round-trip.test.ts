import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DataSet } from '../../src/dicom/data-set.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { encodeDataSet } from '../../src/dicom/write-data-set.ts'
import { decimalString } from '../../src/dicom/write-decimal-string.ts'
import { encodeInstance } from '../../src/dicom/write-instance.ts'
import { Failure } from '../../src/failure.ts'
import { dcmtk } from '../support/dcmtk.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'

const UIDS = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.7', SOPInstanceUID: '2.25.7' }
const RUNS = { numRuns: 300 }

/** Text of ours without a backslash and without spaces at its ends, which are padding to a reader. */
const word = (longest: number, from = 0x21) =>
  fc
    .string({
      unit: fc.integer({ min: from, max: 0x7e }).map((code) => (code === 0x5c ? '-' : String.fromCharCode(code))),
      minLength: 1,
      maxLength: longest,
    })
    .filter((text) => text.trim() === text)
const uid = fc.array(fc.nat(), { minLength: 1, maxLength: 4 }).map((parts) => `2.25.${parts.join('.')}`)
const codeString = fc.stringMatching(/^[A-Z0-9_]{1,16}$/)
const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 })

/** One attribute of every kind of value representation that results have. */
const attributes = fc.record(
  {
    PatientID: word(64),
    StudyID: word(16),
    Modality: codeString,
    ImageType: fc.array(codeString, { minLength: 1, maxLength: 5 }),
    DerivationDescription: word(1024),
    ImageComments: word(2000, 0x20),
    SeriesNumber: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    WindowCenter: fc.array(finite, { minLength: 1, maxLength: 4 }),
    Rows: fc.integer({ min: 0, max: 65_535 }),
    SimpleFrameList: fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 1, maxLength: 4 }),
    ReferencePixelX0: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    TagAngleSecondAxis: fc.integer({ min: -32_768, max: 32_767 }),
    GraphicData: fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 2, maxLength: 6 }),
    RealWorldValueSlope: finite,
    FrameOfReferenceUID: uid,
    PatientName: fc.uint8Array({ minLength: 1, maxLength: 200 }),
  },
  { requiredKeys: [] },
)
const dataSet = fc.record(
  { own: attributes, items: fc.array(attributes, { maxLength: 3 }) },
  { requiredKeys: ['own', 'items'] },
)
const whole = ({ own, items }: { own: DataSet; items: readonly DataSet[] }): DataSet => ({
  ...own,
  ...UIDS,
  SourceImageSequence: items,
})

const asRead = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value])

/** What was written, as a reader finds it. */
function expectSame(written: DataSet, read: ReturnType<typeof parseHeader>): void {
  for (const [keyword, value] of Object.entries(written)) {
    if (keyword === 'SourceImageSequence') continue
    if (value instanceof Uint8Array) {
      const bytes = read.bytes(keyword) ?? new Uint8Array()
      expect(Buffer.from(bytes.subarray(0, value.length)).equals(Buffer.from(value)), keyword).toBe(true)
      expect(bytes.length - value.length, keyword).toBe(value.length % 2)
    } else if (typeof asRead(value)[0] === 'number') {
      const wanted =
        keyword === 'WindowCenter' ? asRead(value).map((each) => Number(decimalString(Number(each)))) : asRead(value)
      expect(read.numbers(keyword).map(String), keyword).toEqual(wanted.map((each) => String(Number(each))))
    } else {
      expect(read.text(keyword)?.split('\\'), keyword).toEqual(asRead(value))
    }
  }
}

describe('whatever results are made of', () => {
  test('is read as it was written, in the data set and in its items', () => {
    fc.assert(
      fc.property(dataSet, (drawn) => {
        const read = parseHeader(encodeInstance(whole(drawn)))
        expectSame(drawn.own, read)
        const items = read.items('SourceImageSequence')
        expect(items).toHaveLength(drawn.items.length)
        for (const [i, item] of items.entries()) expectSame(drawn.items[i] ?? {}, item)
      }),
      RUNS,
    )
  })

  test('gives the same bytes whatever the order of its keywords, even in length', () => {
    fc.assert(
      fc.property(dataSet, (drawn) => {
        const turned = Object.fromEntries(Object.entries(whole(drawn)).reverse())
        const [one, other] = [encodeDataSet(whole(drawn)), encodeDataSet(turned)]
        expect(Buffer.compare(one, other)).toBe(0)
        expect(one.length % 2).toBe(0)
      }),
      RUNS,
    )
  })

  test('is written as PS3.5 has it or refused by name, and never cut', () => {
    const text = fc.string({ unit: 'binary', maxLength: 100 })
    const keyword = fc.constantFrom(
      'PatientID',
      'StudyID',
      'Modality',
      'WindowCenter',
      'SeriesNumber',
      'StudyDate',
      'StudyTime',
    )
    fc.assert(
      fc.property(keyword, text, (of, value) => {
        try {
          const read = parseHeader(encodeInstance({ ...UIDS, [of]: value }))
          const bytes = Buffer.from(read.bytes(of) ?? []).toString('latin1')
          expect(bytes).toBe(value.length % 2 === 0 ? value : `${value} `)
        } catch (error) {
          if (!(error instanceof Failure)) throw error
          expect(error.code).toBe('RESULT_INVALID')
          // Always the same words: a value may be patient data.
          expect(error.message).toMatch(/^\w+: not what [A-Z]{2} allows \(length, characters or form\)$/)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('decimal strings are of 16 characters at most and as near as those allow', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }), (value) => {
        const text = decimalString(value)
        expect(text.length).toBeLessThanOrEqual(16)
        expect(text).toMatch(/^-?(\d+(\.\d+)?|\.\d+)(e[+-]?\d+)?$/)
        expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-8)
      }),
      { numRuns: 5000 },
    )
  })
})

describeWith(['dcmdump'], 'DCMTK', () => {
  test('reads a hundred drawn data sets without a word', async () => {
    const folder = await temporaryFolder()
    const paths: string[] = []
    for (const [i, drawn] of fc.sample(dataSet, { numRuns: 100, seed: 7 }).entries()) {
      const path = join(folder, `${i}.dcm`)
      await writeFile(path, encodeInstance(whole(drawn)))
      paths.push(path)
    }
    const { exitCode, output } = await dcmtk('dcmdump', ...paths)
    expect(exitCode).toBe(0)
    expect(output.match(/^[WEF]: .*/gm)).toBeNull()
    expect(output.match(/^# Dicom-Data-Set/gm)).toHaveLength(100)
  })
})
