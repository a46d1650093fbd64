import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseHeader } from '../../src/dicom/header.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { buildKeyObjectSelection, type KeyObjectSelection } from '../../src/report/build-key-objects.ts'
import { dcmtk } from '../support/dcmtk.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { dciodvfyComplaints } from '../support/validators.ts'
import { COMPLETE_SOURCE, resultInput, sourceOf } from './synthetic-result.ts'

const SR = { sopClassUid: SopClass.Comprehensive3dSrStorage, seriesInstanceUid: '2.25.80', sopInstanceUid: '2.25.81' }
const SC = {
  sopClassUid: SopClass.SecondaryCaptureImageStorage,
  seriesInstanceUid: '2.25.90',
  sopInstanceUid: '2.25.91',
}
const source = sourceOf(COMPLETE_SOURCE)
const rejection = (change: Partial<KeyObjectSelection> = {}) =>
  buildKeyObjectSelection({
    source,
    title: { value: '113037', scheme: 'DCM', meaning: 'Rejected for Patient Safety Reasons' },
    references: [SR, SC, { ...SC, sopInstanceUid: '2.25.92' }],
    description: 'Made by a model that is recalled.',
    seriesDescription: 'AI results rejected',
    node: resultInput(source).node,
    at: new Date('2026-01-02T21:04:05Z'),
    ...change,
  })

describe('a Key Object Selection', () => {
  test('names images as IMAGE and documents as COMPOSITE, and has all of them as evidence by series', () => {
    const kos = parseHeader(rejection().bytes)
    const types = kos.items('ContentSequence').map((item) => item.string('ValueType'))
    expect(types).toEqual(['CODE', 'TEXT', 'COMPOSITE', 'IMAGE', 'IMAGE'])
    const [evidence] = kos.items('CurrentRequestedProcedureEvidenceSequence')
    const series = evidence?.items('ReferencedSeriesSequence') ?? []
    expect(series.map((each) => each.items('ReferencedSOPSequence').length)).toEqual([1, 2])
    expect(kos.string('StudyInstanceUID')).toBe('2.25.1001')
  })

  test('has the same UID for the same title and instances in any order, another for others', () => {
    const { sopInstanceUid } = rejection()
    const references = [{ ...SC, sopInstanceUid: '2.25.92' }, SC, SR]
    expect(rejection({ references, at: new Date() }).sopInstanceUid).toBe(sopInstanceUid)
    expect(rejection({ references: [SR] }).sopInstanceUid).not.toBe(sopInstanceUid)
    const title = { value: '113001', scheme: 'DCM', meaning: 'Rejected for Quality Reasons' }
    expect(rejection({ title }).sopInstanceUid).not.toBe(sopInstanceUid)
  })
})

describeWith(['dciodvfy', 'dsrdump'], 'dicom3tools and DCMTK', () => {
  test('find nothing wrong with a rejection note', async () => {
    const path = join(await temporaryFolder(), 'kos.dcm')
    await writeFile(path, rejection().bytes)
    expect(await dciodvfyComplaints(path)).toEqual([])
    const { exitCode, output } = await dcmtk('dsrdump', '-Ec', '-q', path)
    expect(exitCode).toBe(0)
    expect(output).not.toMatch(/^[WE]: /m)
  })
})
