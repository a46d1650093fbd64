import { describe, expect, test } from 'vitest'
import type { DataSet } from '../../src/dicom/data-set.ts'
import { type Header, parseHeader } from '../../src/dicom/header.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { encodeInstance } from '../../src/dicom/write-instance.ts'
import { buildSr, SR_CLASSES } from '../../src/report/build-sr.ts'
import type { ResultInput } from '../../src/report/result-input.ts'
import { CAVEATS, COMPLETE_SOURCE, LABELS, model, noFindings, resultInput, sourceOf } from './synthetic-result.ts'

const capture = (sopInstanceUid: string) => ({
  sopClassUid: SopClass.SecondaryCaptureImageStorage,
  seriesInstanceUid: '2.25.90',
  sopInstanceUid,
})
const CAPTURES = new Map([
  ['Cardiomegaly', capture('2.25.91')],
  ['Atelectasis', capture('2.25.92')],
])

const BEST = SopClass.Comprehensive3dSrStorage

const source = (changes: DataSet = {}) => sourceOf({ ...COMPLETE_SOURCE, ...changes })
const without = (...keywords: string[]) =>
  sourceOf(Object.fromEntries(Object.entries(COMPLETE_SOURCE).filter(([keyword]) => !keywords.includes(keyword))))
const srOf = (header = source(), overrides: Partial<ResultInput> = {}, captures = CAPTURES): Header =>
  parseHeader(encodeInstance(buildSr(resultInput(header, overrides), BEST, captures)))

const descendants = (item: Header): Header[] => item.items('ContentSequence').flatMap((i) => [i, ...descendants(i)])
const nameOf = (item: Header) => item.items('ConceptNameCodeSequence')[0]?.string('CodeMeaning')
const codeOf = (item: Header) => item.items('ConceptCodeSequence')[0]?.string('CodeValue')
const named = (root: Header, name: string) => descendants(root).filter((item) => nameOf(item) === name)
const textOf = (item: Header | undefined) =>
  Buffer.from(item?.bytes('TextValue') ?? [])
    .toString('latin1')
    .trim()
const groups = (sr: Header) => named(sr, 'Measurement Group')

describe('the content tree, TID 1500', () => {
  test('has the children of the root in the order of the template', () => {
    expect(srOf().items('ContentSequence').map(nameOf)).toEqual([
      'Language of Content Item and Descendants',
      'Observer Type',
      'Device Observer UID',
      'Device Observer Name',
      'Device Observer Manufacturer',
      'Device Observer Model Name',
      'Procedure Study Instance UID',
      'Accession Number',
      'Subject Class',
      'Procedure reported',
      'Image Library',
      'Imaging Measurements',
      'Qualitative Evaluations',
    ])
  })

  test('writes a Measurement Group for a positive finding only, highest score first', () => {
    const tracking = groups(srOf()).map((group) => textOf(named(group, 'Tracking Identifier')[0]))
    expect(tracking).toEqual(['Cardiomegaly', 'Atelectasis'])
  })

  test('writes no Measurement Group, and no Finding at all, when every score is below its operating point', () => {
    const sr = srOf(source(), { findings: noFindings, maps: new Map() }, new Map())
    expect(groups(sr)).toEqual([])
    expect(named(sr, 'Finding')).toEqual([])
    expect(named(sr, 'Imaging Measurements')[0]?.has('ContentSequence')).toBe(false)
    expect(codeOf(named(sr, 'CAD Processing and Findings Summary')[0] ?? sr)).toBe('111241')
  })

  test('names every direct child of a Measurement Group', () => {
    for (const group of groups(srOf())) {
      expect(group.items('ContentSequence').map(nameOf)).toEqual([
        'Tracking Identifier',
        'Tracking Unique Identifier',
        'Finding',
        'Finding Site',
        'Algorithm Name',
        'Algorithm Version',
        'Algorithm Parameters',
        'Certainty of Finding',
        'Source of Measurement',
        'Visual explanation',
        'Image Region',
      ])
    }
  })

  test('says score and operating point on the normalised scale, where the operating point is 50.0 %', () => {
    const [group] = groups(srOf())
    const [certainty] = group ? named(group, 'Certainty of Finding') : []
    const [measured] = certainty?.items('MeasuredValueSequence') ?? []
    expect(measured?.string('NumericValue')).toBe('87.3')
    expect(measured?.items('MeasurementUnitsCodeSequence')[0]?.string('CodeValue')).toBe('%')
    expect(group && textOf(named(group, 'Algorithm Parameters')[0])).toBe(
      'operating point 50.0 % (model output 0.0742)',
    )
  })

  test('names all 18 scores as text in the order of the model', () => {
    const [evaluations] = named(srOf(), 'Qualitative Evaluations')
    const texts = evaluations?.items('ContentSequence').slice(2) ?? []
    expect(texts).toHaveLength(LABELS.length)
    expect(textOf(texts[0])).toBe('50.6 % (operating point 50.0 %) - AT OR ABOVE - no localisation')
    expect(textOf(texts[5])).toBe('49.9 % (operating point 50.0 %) - below')
    expect(textOf(texts[10])).toBe('87.3 % (operating point 50.0 %) - AT OR ABOVE')
    expect(texts.map((item) => item.items('ConceptNameCodeSequence')[0]?.string('CodeValue')).slice(0, 3)).toEqual([
      '46621007',
      '95436008',
      '112121',
    ])
  })

  test('outlines the heat map in the pixels of the source image, closed', () => {
    const [region] = named(srOf(), 'Image Region')
    const points = region?.numbers('GraphicData') ?? []
    expect(region?.string('GraphicType')).toBe('POLYLINE')
    expect(points.slice(0, 2)).toEqual(points.slice(-2))
    expect(points.length / 2).toBeLessThanOrEqual(64)
    const columns = points.filter((_, i) => i % 2 === 0)
    const rows = points.filter((_, i) => i % 2 === 1)
    expect((Math.min(...columns) + Math.max(...columns)) / 2).toBeCloseTo(0.55 * 160, 0)
    expect((Math.min(...rows) + Math.max(...rows)) / 2).toBeCloseTo(0.6 * 200, 0)
  })

  test('gives the whole image as region where the model did not localise', () => {
    const region = named(srOf(), 'Image Region')[1]
    expect(region?.numbers('GraphicData')).toEqual([0, 0, 160, 0, 160, 200, 0, 200, 0, 0])
  })

  test('leaves the Visual explanation out for a finding without a Secondary Capture', () => {
    expect(named(srOf(source(), { maps: new Map() }, new Map()), 'Visual explanation')).toEqual([])
  })

  test('reports the imaging procedure of the source, or one of CID 100', () => {
    const procedure = (sr: Header) => codeOf(named(sr, 'Procedure reported')[0] ?? sr)
    const ProcedureCodeSequence = [{ CodeValue: '36643-5', CodingSchemeDesignator: 'LN', CodeMeaning: 'XR Chest 2V' }]
    expect(procedure(srOf(source({ ProcedureCodeSequence })))).toBe('36643-5')
    expect(procedure(srOf(source({ ProcedureCodeSequence: [{ CodeValue: 'X' }] })))).toBe('43468-8')
    expect(procedure(srOf())).toBe('43468-8')
  })

  test('never says probability', () => {
    expect(Buffer.from(encodeInstance(buildSr(resultInput(source()), BEST, CAPTURES))).toString('latin1')).not.toMatch(
      /probab/i,
    )
  })

  test('is the same in all three SR classes, with a UID of its own in each', () => {
    const built = SR_CLASSES.map((sopClassUid) => buildSr(resultInput(source()), sopClassUid, CAPTURES))
    const [first, ...others] = built
    for (const other of others) expect(other.ContentSequence).toEqual(first?.ContentSequence)
    expect(new Set(built.map((sr) => sr.SOPInstanceUID)).size).toBe(3)
    expect(built.map((sr) => sr.SOPClassUID)).toEqual(SR_CLASSES)
  })

  test('makes the demonstration model known before anything else in the Summary', () => {
    const sr = srOf(source(), { model: { ...model, demonstration: true } })
    expect(textOf(named(sr, 'Summary')[0]).split('\r\n')[0]).toBe(
      'AI - RESEARCH USE ONLY - NOT FOR DIAGNOSTIC USE. DEMONSTRATION MODEL - SIMULATED RADIOGRAPHS ONLY. Not reviewed by a physician.',
    )
    expect(sr.string('SeriesDescription')).toContain('SIMULATED ONLY')
    expect(textOf(named(srOf(), 'Summary')[0])).not.toContain('DEMONSTRATION')
  })
})

describe('caveats', () => {
  test('stand in the Summary before anything else but the cautions and what was found, and each as a Comment', () => {
    const sr = srOf(source(), { caveats: CAVEATS })
    const texts = CAVEATS.map(({ text }) => `CAVEAT: ${text}`)
    expect(textOf(named(sr, 'Summary')[0]).split('\r\n').slice(2, 4)).toEqual(texts)
    expect(named(sr, 'Comment').map(textOf)).toEqual(texts)
    expect(named(srOf(), 'Comment')).toEqual([])
  })
})

describe('the SR Document', () => {
  test('lists as evidence exactly the instances that the content tree names', () => {
    for (const captures of [CAPTURES, new Map()]) {
      const sr = srOf(source(), {}, captures)
      const referenced = descendants(sr).flatMap((item) =>
        item.items('ReferencedSOPSequence').map((sop) => sop.string('ReferencedSOPInstanceUID')),
      )
      const evidence = sr
        .items('CurrentRequestedProcedureEvidenceSequence')
        .flatMap((study) => study.items('ReferencedSeriesSequence'))
        .flatMap((series) => series.items('ReferencedSOPSequence'))
        .map((sop) => sop.string('ReferencedSOPInstanceUID'))
      expect(new Set(evidence)).toEqual(new Set(referenced))
      expect(evidence).toHaveLength(1 + captures.size)
    }
  })

  test('is complete, unverified and preliminary, by a device', () => {
    const sr = srOf()
    expect(sr.string('CompletionFlag')).toBe('COMPLETE')
    expect(sr.string('VerificationFlag')).toBe('UNVERIFIED')
    expect(sr.string('PreliminaryFlag')).toBe('PRELIMINARY')
    expect(sr.has('VerifyingObserverSequence')).toBe(false)
    expect(sr.items('AuthorObserverSequence')[0]?.string('ObserverType')).toBe('DEV')
  })

  test('names the model alike in Contributing Equipment, device observer and algorithm (IHE AI Results 6.5.3.1)', () => {
    const sr = srOf()
    const [equipment] = sr.items('ContributingEquipmentSequence')
    const observer = (name: string) => textOf(named(sr, name)[0])
    expect(equipment?.items('PurposeOfReferenceCodeSequence')[0]?.string('CodeValue')).toBe('109102')
    expect(equipment?.string('Manufacturer')).toBe(observer('Device Observer Manufacturer'))
    expect(equipment?.string('ManufacturerModelName')).toBe(observer('Device Observer Model Name'))
    expect(equipment?.string('ManufacturerModelName')).toBe(observer('Algorithm Name'))
    expect(equipment?.string('SoftwareVersions')).toBe(observer('Algorithm Version'))
    expect(equipment?.string('DeviceUID')).toBe(named(sr, 'Device Observer UID')[0]?.string('UID'))
    expect(sr.string('ManufacturerModelName')).toBe('mcads-node')
    expect(sr.strings('SoftwareVersions')).toEqual(['0.1.0', '1.0.0'])
  })

  test('dates itself with the start of the analysis in the time zone of the source', () => {
    const sr = srOf()
    expect([sr.string('ContentDate'), sr.string('ContentTime')]).toEqual(['20260103', '023405'])
    expect([sr.string('SeriesDate'), sr.string('InstanceCreationDate')]).toEqual(['20260103', '20260103'])
    expect(sr.string('TimezoneOffsetFromUTC')).toBe('+0530')
    expect(srOf(without('TimezoneOffsetFromUTC')).has('TimezoneOffsetFromUTC')).toBe(false)
  })

  test('writes Type 2 attributes of patient and study empty where the source has none', () => {
    const sr = srOf(without('PatientName', 'StudyDate', 'AccessionNumber', 'StudyID', 'PatientSex', 'PatientAge'))
    for (const keyword of ['PatientName', 'StudyDate', 'AccessionNumber', 'StudyID', 'PatientSex'])
      expect(sr.bytes(keyword)).toHaveLength(0)
    expect(sr.has('PatientAge')).toBe(false)
    expect(named(sr, 'Accession Number')).toEqual([])
  })

  test('copies the requested procedure only from a source that has one', () => {
    const RequestAttributesSequence = [{ RequestedProcedureID: 'RP1', RequestedProcedureDescription: 'Chest' }]
    const [request] = srOf(source({ RequestAttributesSequence })).items('ReferencedRequestSequence')
    expect(request?.string('RequestedProcedureID')).toBe('RP1')
    expect(request?.string('AccessionNumber')).toBe('A-7')
    expect(request?.has('FillerOrderNumberImagingServiceRequest')).toBe(true)
    const empty = source({ RequestAttributesSequence: [{ RequestedProcedureID: null }] })
    expect(srOf(empty).has('ReferencedRequestSequence')).toBe(false)
  })

  test('copies what tells patients of several issuers apart', () => {
    const OtherPatientIDsSequence = [{ PatientID: 'X9', IssuerOfPatientID: 'OTHER', TypeOfPatientID: 'TEXT' }]
    const IssuerOfAccessionNumberSequence = [{ LocalNamespaceEntityID: 'RIS' }]
    const sr = srOf(source({ OtherPatientIDsSequence, IssuerOfAccessionNumberSequence }))
    expect(sr.string('IssuerOfPatientID')).toBe('HOSPITAL')
    expect(sr.items('OtherPatientIDsSequence')[0]?.string('IssuerOfPatientID')).toBe('OTHER')
    expect(sr.items('IssuerOfAccessionNumberSequence')[0]?.string('LocalNamespaceEntityID')).toBe('RIS')
  })

  test('is refused for a source without a Study Instance UID, or with one that is none', () => {
    const refused = expect.objectContaining({ code: 'RESULT_INVALID' })
    expect(() => srOf(without('StudyInstanceUID'))).toThrow(refused)
    expect(() => srOf(source({ StudyInstanceUID: new TextEncoder().encode('not a uid') }))).toThrow(refused)
  })

  test('repeats a UID of the source with leading zeros as it stands', () => {
    const uid = '1.2.840.007.1'
    const sr = srOf(source({ StudyInstanceUID: new TextEncoder().encode(uid) }))
    expect(sr.string('StudyInstanceUID')).toBe(uid)
    expect(sr.items('CurrentRequestedProcedureEvidenceSequence')[0]?.string('StudyInstanceUID')).toBe(uid)
  })
})
