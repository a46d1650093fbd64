import type { Header } from '../dicom/header.ts'
import { Concept } from '../report/concepts.ts'
import type { CodedConcept } from '../study/finding.ts'
import type { Field, Segment } from './message.ts'

const textOf = (header: Header, keyword: string): string => header.text(keyword) ?? ''

/** DA and TM as DTM, with the offset from UTC where the source says it; '' when there is no date. */
function dateTime(header: Header, dateKeyword: string, timeKeyword: string): string {
  const date = header.string(dateKeyword) ?? ''
  if (!/^\d{8}$/.test(date)) return ''
  const [time = ''] = /^\d{2}(\d{2}(\d{2})?)?/.exec(header.string(timeKeyword) ?? '') ?? []
  if (time.length < 4) return date
  const offset = header.string('TimezoneOffsetFromUTC') ?? ''
  return `${date}${time}${/^[+-]\d{4}$/.test(offset) ? offset : ''}`
}

/** HL7 table 4000: alphabetic, ideographic, phonetic; the component groups of PN, PS3.5 section 6.2.1. */
const REPRESENTATIONS = ['A', 'I', 'P']

/** PN as XPN: family, given, middle, suffix, prefix. */
function personNames(text: string): Field {
  return text.split('=').flatMap((group, at) => {
    const [family = '', given = '', middle = '', prefix = '', suffix = ''] = group.split('^').map((part) => part.trim())
    if (`${family}${given}${middle}${prefix}${suffix}` === '') return []
    return [[family, given, middle, suffix, prefix, '', 'L', REPRESENTATIONS[at] ?? '']]
  })
}

/** PN as XCN without an identifier. */
function provider(text: string): Field {
  const [family = '', given = '', middle = '', prefix = '', suffix = ''] = (text.split('=')[0] ?? '').split('^')
  return family === '' && given === '' ? '' : [['', family, given, middle, suffix, prefix]]
}

/** PatientID with its assigning authority, CX. */
function patientIdentifier(source: Header): Field {
  const [qualifiers] = source.items('IssuerOfPatientIDQualifiersSequence')
  const universal = qualifiers ? textOf(qualifiers, 'UniversalEntityID') : ''
  const type = qualifiers ? textOf(qualifiers, 'UniversalEntityIDType') : ''
  const issuer = [textOf(source, 'IssuerOfPatientID'), ...(universal === '' ? [] : [universal, type])]
  return [[textOf(source, 'PatientID'), '', '', issuer, 'PI']]
}

const SEX: Readonly<Record<string, string>> = { M: 'M', F: 'F', O: 'O' }

/** PID, HL7 version 2.5.1 section 3.4.2. */
export const patientSegment = (source: Header): Segment => [
  'PID',
  {
    1: '1',
    3: patientIdentifier(source),
    5: personNames(textOf(source, 'PatientName')),
    7: dateTime(source, 'PatientBirthDate', 'PatientBirthTime'),
    8: SEX[source.string('PatientSex') ?? ''] ?? '',
  },
]

/** PV1 only where the source knows the visit; the class is then unknown (HL7 table 0004). */
export function visitSegments(source: Header): Segment[] {
  const admission = textOf(source, 'AdmissionID')
  return admission === '' ? [] : [['PV1', { 1: '1', 2: 'U', 19: [[admission]] }]]
}

/** The imaging procedure, as the Structured Report's Procedure Reported. */
function serviceOf(source: Header): CodedConcept {
  const [code] = source.items('ProcedureCodeSequence')
  const [value, scheme, meaning] = code
    ? ['CodeValue', 'CodingSchemeDesignator', 'CodeMeaning'].map((keyword) => textOf(code, keyword))
    : []
  return value && scheme && meaning ? { value, scheme, meaning } : Concept.XrUnspecifiedBodyRegion
}

/** Order, accession and procedure of the study. */
export function orderOf(source: Header) {
  const [request] = source.items('RequestAttributesSequence')
  const first = (keyword: string) => (request && textOf(request, keyword)) || textOf(source, keyword)
  const accession = textOf(source, 'AccessionNumber') || first('AccessionNumber')
  return {
    placer: first('PlacerOrderNumberImagingServiceRequest'),
    filler: first('FillerOrderNumberImagingServiceRequest') || accession,
    accession,
    procedureId: first('RequestedProcedureID'),
    stepId: first('ScheduledProcedureStepID'),
    provider: provider(textOf(source, 'ReferringPhysicianName')),
    service: serviceOf(source),
    studyAt: dateTime(source, 'StudyDate', 'StudyTime'),
  }
}

/** The link of the template to this study. */
export const linkTo = (source: Header, template: string): string =>
  template
    .replaceAll('{studyInstanceUid}', encodeURIComponent(source.string('StudyInstanceUID') ?? ''))
    .replaceAll('{accessionNumber}', encodeURIComponent(orderOf(source).accession))
