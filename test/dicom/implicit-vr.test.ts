import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseFileMeta } from '../../src/dicom/file-meta.ts'
import { toImplicitVr } from '../../src/dicom/implicit-vr.ts'
import { TransferSyntax } from '../../src/dicom/transfer-syntaxes.ts'
import { encodeDataSet } from '../../src/dicom/write-data-set.ts'
import { Failure } from '../../src/failure.ts'
import { dcmtk } from '../support/dcmtk.ts'
import { corpus, describeWith, temporaryFolder } from '../support/needs.ts'

const hex = (text: string) => Buffer.from(text.replace(/ /g, ''), 'hex')
const converted = (text: string) => toImplicitVr(hex(text)).toString('hex')
const plain = (text: string) => hex(text).toString('hex')

/** (0008,0060) CS "OT" in Explicit and in Implicit VR. */
const MODALITY = '0800 6000 4353 0200 4f54'
const IMPLICIT_MODALITY = '0800 6000 02000000 4f54'
/** (0008,1110) SQ with one item, the lengths defined. */
const SEQUENCE = `0800 1011 12000000 feff 00e0 0a000000 ${IMPLICIT_MODALITY}`
const END_OF_ITEM = 'feff 0de0 00000000'
const END_OF_SEQUENCE = 'feff dde0 00000000'

describe('Explicit VR Little Endian as Implicit VR Little Endian', () => {
  test('keeps tags and values, with lengths of four bytes', () => {
    expect(converted(MODALITY)).toBe(plain(IMPLICIT_MODALITY))
    expect(converted('e07f 1000 4f42 0000 02000000 0900')).toBe(plain('e07f 1000 02000000 0900'))
    expect(toImplicitVr(Buffer.alloc(0))).toHaveLength(0)
  })

  test.each([
    ['defined lengths', `0800 1011 5351 0000 12000000 feff 00e0 0a000000 ${MODALITY}`],
    [
      'undefined lengths',
      `0800 1011 5351 0000 ffffffff feff 00e0 ffffffff ${MODALITY} ${END_OF_ITEM} ${END_OF_SEQUENCE}`,
    ],
    ['an item of undefined length', `0800 1011 5351 0000 1a000000 feff 00e0 ffffffff ${MODALITY} ${END_OF_ITEM}`],
    [
      'VR UN and undefined length, being Implicit VR already',
      `0800 1011 554e 0000 ffffffff feff 00e0 ffffffff ${IMPLICIT_MODALITY} ${END_OF_ITEM} ${END_OF_SEQUENCE}`,
    ],
  ])('writes a sequence with %s in defined ones', (_name, sequence) => {
    expect(converted(`${sequence} ${MODALITY}`)).toBe(plain(`${SEQUENCE} ${IMPLICIT_MODALITY}`))
  })

  test('leaves out group lengths, which would no longer be right', () => {
    expect(converted(`0800 0000 554c 0400 0a000000 ${MODALITY}`)).toBe(plain(IMPLICIT_MODALITY))
  })

  test.each([
    ['breaks off in a header', MODALITY.slice(0, 14)],
    ['breaks off in a value', MODALITY.slice(0, -2)],
    ['has no end of a sequence', '0800 1011 5351 0000 ffffffff'],
    ['has an element longer than its item', `0800 1011 5351 0000 10000000 feff 00e0 08000000 ${MODALITY}`],
    ['has no value representation', '0800 6000 0200 0000 4f54'],
    ['has something else than items in a sequence', `0800 1011 5351 0000 0a000000 ${MODALITY}`],
  ])('refuses a data set that %s', (_name, dataSet) => {
    expect(() => converted(dataSet)).toThrow(expect.objectContaining({ code: 'DATA_SET_UNREADABLE' }))
  })

  test('refuses a data set that is nested deeper than the stack', () => {
    const opened = hex('0800 1011 5351 0000 ffffffff feff 00e0 ffffffff')
    const deep = Buffer.concat(Array.from({ length: 100_000 }, () => opened))
    expect(() => toImplicitVr(deep)).toThrow(expect.objectContaining({ code: 'DATA_SET_UNREADABLE' }))
  })

  test('throws nothing but a Failure, whatever bytes come', () => {
    const dataSet = Buffer.from(encodeDataSet({ ReferencedStudySequence: [{ Modality: 'OT' }, {}], Rows: 2 }))
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(dataSet.length - 1), fc.nat(255))), (changes) => {
        const mutated = Buffer.from(dataSet)
        for (const [at, byte] of changes) mutated[at] = byte
        try {
          toImplicitVr(mutated)
        } catch (error) {
          expect(error).toBeInstanceOf(Failure)
        }
      }),
    )
  })
})

/** Its Pixel Data has an odd length, which dcmconv mends. */
const ODD = 'highdicom__dx_image.dcm'

const isExplicit = (path: string) => {
  try {
    return parseFileMeta(readFileSync(path)).transferSyntaxUid === TransferSyntax.ExplicitVrLittleEndian
  } catch {
    return false
  }
}

describeWith(['corpus', 'dcmconv'], 'Implicit VR Little Endian as DCMTK writes it', () => {
  const FOLDERS = ['charset', 'chest', 'non-image', 'transfer-syntax', 'radiograph'].map((name) =>
    corpus(`dicom/${name}`),
  )
  const FILES = FOLDERS.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name))).filter(
    (path) => !path.endsWith(ODD) && isExplicit(path),
  )

  test.each(FILES)('is ours, byte for byte, for %s', async (path) => {
    const theirs = join(await temporaryFolder(), 'theirs.dcm')
    expect((await dcmtk('dcmconv', '+ti', '+e', '-g', path, theirs)).exitCode).toBe(0)
    const [original, expected] = await Promise.all([readFile(path), readFile(theirs)])
    const actual = toImplicitVr(original.subarray(parseFileMeta(original).dataSetOffset))
    expect(actual.equals(expected.subarray(parseFileMeta(expected).dataSetOffset))).toBe(true)
  })
})
