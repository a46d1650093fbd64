import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseHeader } from '../../src/dicom/header.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { encodeInstance } from '../../src/dicom/write-instance.ts'
import { buildSr } from '../../src/report/build-sr.ts'
import { patientAndStudy } from '../../src/report/source-attributes.ts'
import { dcmtk } from '../support/dcmtk.ts'
import { corpus, describeWith, temporaryFolder } from '../support/needs.ts'
import { COMPLETE_SOURCE, noFindings, resultInput, sourceOf } from './synthetic-result.ts'

const FILES = [
  'fo-dicom__GH1301.dcm',
  'pydicom__chrFren.dcm',
  'pydicom__chrFrenMulti.dcm',
  'pydicom__chrGerm.dcm',
  'pydicom__chrH31.dcm',
  'pydicom__chrH32.dcm',
  'pydicom__chrHbrw.dcm',
  'pydicom__chrJapMulti.dcm',
  'pydicom__chrJapMultiExplicitIR6.dcm',
  'pydicom__chrKoreanMulti.dcm',
  'pydicom__chrRuss.dcm',
  'pydicom__chrX1.dcm',
  'pydicom__chrX2.dcm',
]
const COPIED = ['0008,0005', '0010,0010', '0010,0020', '0008,0090', '0008,0050', '0010,0040']

/** The values of the copied attributes as DCMTK sees them, in the bytes of their character set. */
async function values(path: string): Promise<string[]> {
  const args = COPIED.flatMap((tag) => ['+P', tag])
  const { output } = await dcmtk('dcmdump', '-q', '+L', ...args, path)
  const lines = output.split('\n').filter((line) => line.startsWith('('))
  return lines.filter((line) => !line.includes('(no value available)')).map((line) => line.replace(/\s+#.*/, ''))
}

describeWith(['corpus', 'dcmdump'], 'names in the character set of the source', () => {
  test.each(FILES)('come out byte for byte the same as in %s', async (file) => {
    const path = corpus(`dicom/charset/${file}`)
    const part10 = await readFile(path)
    const input = resultInput(parseHeader(part10), { findings: noFindings, maps: new Map() })
    // Some of these files have no pixels, and so no size.
    const source = { ...input.source, number: (keyword: string) => input.source.number(keyword) ?? 32 }
    const sr = join(await temporaryFolder(), 'sr.dcm')
    await writeFile(sr, encodeInstance(buildSr({ ...input, source }, SopClass.Comprehensive3dSrStorage, new Map())))
    const [expected, actual] = [await values(path), await values(sr)]
    expect(expected.join('\n')).toMatch(/PN|0010,0010/)
    expect(actual).toEqual(expected)
    expect((await dcmtk('dsrdump', '-Ec', sr)).exitCode).toBe(0)
  })
})

test('an item with a character set of its own keeps it', () => {
  const OtherPatientIDsSequence = [{ SpecificCharacterSet: 'ISO_IR 192', PatientID: new TextEncoder().encode('é1') }]
  const copied = patientAndStudy(sourceOf({ ...COMPLETE_SOURCE, OtherPatientIDsSequence }))
  const [item] = parseHeader(encodeInstance({ ...copied, SOPClassUID: '1.2', SOPInstanceUID: '1.3' })).items(
    'OtherPatientIDsSequence',
  )
  expect(item?.string('SpecificCharacterSet')).toBe('ISO_IR 192')
  expect(Buffer.from(item?.bytes('PatientID') ?? []).toString('utf8')).toBe('é1 ')
})

test('no character set is invented for a source without one', () => {
  const { SpecificCharacterSet: _, ...rest } = COMPLETE_SOURCE
  expect(patientAndStudy(sourceOf(rest))).not.toHaveProperty('SpecificCharacterSet')
})

test('text too long for its value representation is left out rather than holding the study up', () => {
  const long = {
    bytes: (keyword: string) => (keyword === 'StudyDescription' ? new Uint8Array(70_000).fill(65) : undefined),
  }
  expect(patientAndStudy({ ...sourceOf(COMPLETE_SOURCE), ...long })).not.toHaveProperty('StudyDescription')
})
