import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Header, parseHeader } from '../../src/dicom/header.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { encodeInstance } from '../../src/dicom/write-instance.ts'
import { buildResults } from '../../src/report/build-results.ts'
import { buildSummarySc } from '../../src/report/build-sc.ts'
import { SR_CLASSES } from '../../src/report/build-sr.ts'
import type { ResultInstance } from '../../src/report/result-instance.ts'
import { dcmtk } from '../support/dcmtk.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { COMPLETE_SOURCE, model, noFindings, resultInput, sourceOf } from './synthetic-result.ts'

const source = sourceOf(COMPLETE_SOURCE)
const ONE_PIXEL = { rows: 1, columns: 1, rgb: new Uint8Array(3) }
let instances: ResultInstance[]
let headers: Header[]

beforeAll(async () => {
  instances = (await buildResults(resultInput(source))).instances
  headers = instances.map(({ bytes }) => parseHeader(bytes))
})

describe('the results of one radiograph', () => {
  test('are a summary page, a page for each positive finding with a map, and the SR that points at them', () => {
    expect(instances.map(({ kind, label }) => [kind, label])).toEqual([
      ['SC', undefined],
      ['SC', 'Cardiomegaly'],
      ['SC', 'Atelectasis'],
      ['SR', undefined],
      ['SR', undefined],
      ['SR', undefined],
      ['SR', undefined],
    ])
    expect(headers.map((header) => header.string('InstanceNumber'))).toEqual(['1', '2', '3', '1', '1', '1', '1'])
  })

  test('have the SR in four classes, of which the best is wanted and the others stand in for it', () => {
    const reports = instances.filter(({ kind }) => kind === 'SR')
    expect(reports.map(({ sopClassUid }) => sopClassUid)).toEqual([...SR_CLASSES, SopClass.BasicTextSrStorage])
    const [best, ...others] = reports
    expect(best).not.toHaveProperty('alternativeOf')
    for (const other of others) expect(other).toMatchObject({ alternativeOf: best?.sopInstanceUid, wantedBy: [] })
  })

  test('are without heat maps when no finding is positive', async () => {
    const none = await buildResults(resultInput(source, { findings: noFindings, maps: new Map() }))
    expect(none.instances.map(({ kind }) => kind)).toEqual(['SC', 'SR', 'SR', 'SR', 'SR'])
  })

  test('say in their data sets what is said about them', () => {
    for (const [i, header] of headers.entries()) {
      const { sopClassUid, sopInstanceUid, seriesInstanceUid } = instances[i] ?? {}
      expect(header.string('SOPClassUID')).toBe(sopClassUid)
      expect(header.string('SOPInstanceUID')).toBe(sopInstanceUid)
      expect(header.string('SeriesInstanceUID')).toBe(seriesInstanceUid)
      expect(header.string('StudyInstanceUID')).toBe('2.25.1001')
    }
  })

  test('are two series, 9901 and 9902, none of them the series of the source', () => {
    const series = headers.map((header) => header.string('SeriesInstanceUID'))
    expect(new Set(series).size).toBe(2)
    expect(series).not.toContain('2.25.2001')
    expect(headers.map((header) => header.string('SeriesNumber'))).toEqual([
      ...['9902', '9902', '9902'],
      ...['9901', '9901', '9901', '9901'],
    ])
  })

  test('are the same bytes for the same input', async () => {
    const again = await buildResults(resultInput(sourceOf(COMPLETE_SOURCE)))
    expect(again.instances.map(({ bytes }) => Buffer.from(bytes).toString('base64'))).toEqual(
      instances.map(({ bytes }) => Buffer.from(bytes).toString('base64')),
    )
  })

  test.each([
    ['another configuration', { configHash: 'other' }],
    ['another model', { model: { ...model, deviceUid: '2.25.5' } }],
    ['another source', { source: sourceOf({ ...COMPLETE_SOURCE, SOPInstanceUID: '2.25.3002' }) }],
  ])('have other UIDs with %s', async (_, change) => {
    const other = await buildResults(resultInput(source, change))
    const uids = new Set(instances.map(({ sopInstanceUid }) => sopInstanceUid))
    expect(other.instances.filter(({ sopInstanceUid }) => uids.has(sopInstanceUid))).toEqual([])
  })
})

describe('what destinations ask for', () => {
  test('is made once and wanted by those who asked', async () => {
    const built = await buildResults(resultInput(source), [
      { name: 'usual', objects: ['sr', 'sc'], scCompression: 'none' },
      { name: 'keys', objects: ['kos', 'sc'], scCompression: 'none' },
    ])
    const wanted = built.instances.map(({ kind, label, wantedBy }) => [kind, label, wantedBy.join()])
    expect(wanted).toEqual([
      ['SC', undefined, 'usual,keys'],
      ['SC', 'Cardiomegaly', 'usual,keys'],
      ['SC', 'Atelectasis', 'usual,keys'],
      ['SR', undefined, 'usual'],
      ['SR', undefined, ''],
      ['SR', undefined, ''],
      ['SR', undefined, ''],
      ['KOS', undefined, 'keys'],
    ])
  })

  test('without pictures is an SR of its own that refers to none', async () => {
    const built = await buildResults(resultInput(source), [{ name: 'text', objects: ['sr'], scCompression: 'none' }])
    expect(built.instances.map(({ kind }) => kind)).toEqual(['SR', 'SR', 'SR', 'SR'])
    const [evidence] = parseHeader(built.instances[0]?.bytes ?? new Uint8Array()).items(
      'CurrentRequestedProcedureEvidenceSequence',
    )
    expect(evidence?.items('ReferencedSeriesSequence')).toHaveLength(1)
    expect(instances.map(({ sopInstanceUid }) => sopInstanceUid)).not.toContain(built.instances[0]?.sopInstanceUid)
  })
})

describe('a Secondary Capture', () => {
  const captures = () => headers.filter((header) => header.string('Modality') === 'OT')

  test('is an 8-bit RGB image derived from the source, marked for research use', () => {
    for (const sc of captures()) {
      expect(sc.strings('ImageType')).toEqual(['DERIVED', 'SECONDARY', 'OTHER'])
      expect(sc.string('PhotometricInterpretation')).toBe('RGB')
      expect(sc.string('ConversionType')).toBe('WSD')
      expect(sc.string('ImageComments')).toMatch(/^AI - RESEARCH USE ONLY - NOT FOR DIAGNOSTIC USE/)
      expect(sc.string('SeriesDescription')).toBe('AI heatmap - NOT FOR DIAGNOSTIC USE')
      const [origin] = sc.items('SourceImageSequence')
      expect(origin?.string('ReferencedSOPInstanceUID')).toBe('2.25.3001')
      expect(origin?.string('SpatialLocationsPreserved')).toBe('NO')
    }
  })

  test('keeps what the source says of lossy compression, burned-in annotation and orientation', () => {
    for (const sc of captures()) {
      expect(sc.string('LossyImageCompression')).toBe('01')
      expect(sc.string('LossyImageCompressionRatio')).toBe('12.5')
      expect(sc.string('BurnedInAnnotation')).toBe('NO')
      expect(sc.strings('PatientOrientation')).toEqual(['L', 'F'])
    }
  })

  test.each([
    ['1.2.840.10008.1.2.4.50', '01'],
    ['1.2.840.10008.1.2.4.51', '01'],
    ['1.2.840.10008.1.2.4.81', '01'],
    ['1.2.840.10008.1.2.4.91', '01'],
    ['1.2.840.10008.1.2.4.203', '01'],
    ['1.2.840.10008.1.2.4.70', '00'],
    ['1.2.840.10008.1.2.1', '00'],
  ])('of a source in %s that says nothing of lossy compression has Lossy Image Compression %s', async (uid, value) => {
    const {
      LossyImageCompression: _,
      LossyImageCompressionRatio: __,
      LossyImageCompressionMethod: ___,
      ...rest
    } = COMPLETE_SOURCE
    for (const silent of [rest, { ...rest, LossyImageCompression: null }]) {
      const compressed = { ...sourceOf(silent), transferSyntaxUid: uid }
      const sc = parseHeader(encodeInstance(buildSummarySc(resultInput(compressed), ONE_PIXEL)))
      expect(sc.string('LossyImageCompression')).toBe(value)
      expect(sc.has('LossyImageCompressionRatio')).toBe(false)
    }
    const told = { ...sourceOf({ ...rest, LossyImageCompression: '00' }), transferSyntaxUid: uid }
    expect(buildSummarySc(resultInput(told), ONE_PIXEL).LossyImageCompression).toEqual(new TextEncoder().encode('00'))
  })

  test('has no spacing to measure with, no window and no lookup table', () => {
    const never = [
      'PixelSpacing',
      'ImagerPixelSpacing',
      'WindowCenter',
      'RescaleSlope',
      'PresentationLUTShape',
      'Laterality',
    ]
    for (const sc of captures()) expect(never.filter((keyword) => sc.has(keyword))).toEqual([])
  })

  test('says how a heat map was derived, and that one without localisation shows none', () => {
    const [summary, heat, empty] = captures()
    expect(summary?.has('DerivationCodeSequence')).toBe(false)
    expect(heat?.items('DerivationCodeSequence')[0]?.string('CodeValue')).toBe('130403')
    expect(heat?.string('DerivationDescription')).toBe(
      'Grad-CAM heat overlay: Cardiomegaly 87.3 % (operating point 50.0 %) - AT OR ABOVE',
    )
    expect(empty?.string('DerivationDescription')).toMatch(/^no localisation: Atelectasis/)
  })

  test('says Saliency when the maps are saliency maps', async () => {
    const saliency = await buildResults(resultInput(source, { explanation: 'saliency' }))
    const heat = parseHeader(saliency.instances[1]?.bytes ?? new Uint8Array())
    expect(heat.items('DerivationCodeSequence')[0]?.string('CodeValue')).toBe('130404')
  })
})

describeWith(['dcm2pnm'], 'DCMTK showing a Secondary Capture', () => {
  test('sees the caution strip, and the radiograph as it was outside the heat', async () => {
    const folder = await temporaryFolder()
    const [dicom, ppm] = [join(folder, 'heat.dcm'), join(folder, 'heat.ppm')]
    await writeFile(dicom, instances[1]?.bytes ?? new Uint8Array())
    expect((await dcmtk('dcm2pnm', '+op', dicom, ppm)).exitCode).toBe(0)
    const bytes = await readFile(ppm)
    const sc = headers[1]
    const [rows, columns] = [sc?.number('Rows') ?? 0, sc?.number('Columns') ?? 0]
    const pixels = bytes.subarray(bytes.length - rows * columns * 3)
    const at = (row: number, column: number) => [
      ...pixels.subarray((row * columns + column) * 3, (row * columns + column) * 3 + 3),
    ]
    expect(at(2, 2)).toEqual([0xff, 0xb8, 0x1c])
    const [left, right] = [at(200, 100), at(200, 650)]
    for (const [red, green, blue] of [left, right]) expect([green, blue]).toEqual([red, red])
    expect(right[0]).toBeGreaterThan((left[0] ?? 0) + 100)
  })
})
