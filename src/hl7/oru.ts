import { createHash } from 'node:crypto'
import { derivedUid } from '../dicom/derived-uid.ts'
import type { Header } from '../dicom/header.ts'
import { localTime } from '../report/local-time.ts'
import type { ResultOrigin } from '../report/result-input.ts'
import { sourceImage } from '../report/source-image.ts'
import { modelText } from '../report/wording.ts'
import type { CodedConcept } from '../study/finding.ts'
import { type Envelope, encodeMessage, type Field, type Segment } from './message.ts'
import { linkTo, orderOf, patientSegment, visitSegments } from './source-fields.ts'

/** How one receiver wants its messages. */
export type OruProfile = Envelope & {
  /** Where the study is seen; `{studyInstanceUid}` and `{accessionNumber}` stand for the study's. */
  readonly link?: string | undefined
}

export type Oru = {
  /** Derived: the same for the same source, model, settings, node version and profile. */
  readonly uid: string
  readonly bytes: Uint8Array
}

export const IMPRESSION: CodedConcept = {
  value: '19005-8',
  scheme: 'LN',
  meaning: 'Radiology Imaging study [Impression]',
}
const STUDY: CodedConcept = { value: '113014', scheme: 'DCM', meaning: 'Study' }

/** Coding scheme designators that HL7 table 0396 writes otherwise than DICOM; the others are the same in both. */
const SCHEMES: Readonly<Record<string, string>> = { UMLS: 'UML' }

/** CWE: the same concept as in the Structured Report. */
export const coded = ({ value, scheme, meaning }: CodedConcept): Field => [[value, meaning, SCHEMES[scheme] ?? scheme]]

/** OBX without what all of them have: value type, what is observed, sub-id, value, unit. */
export type Observation = readonly [type: string, of: CodedConcept, subId: string, value: Field, unit?: CodedConcept]

/** Which study the others are about, and where it is seen. */
function studyObservations(source: Header, { link }: OruProfile): Observation[] {
  return [
    ['HD', STUDY, '', [[sourceImage(source).studyInstanceUid]]],
    ...(link ? [['RP', STUDY, '', [[linkTo(source, link), '', 'IM']]] as const] : []),
  ]
}

/** PRELIMINARY and UNVERIFIED, as the Structured Report: HL7 tables 0085 and 0123. */
const PRELIMINARY = 'P'

function observationSegments({ model }: ResultOrigin, observations: readonly Observation[], at: string): Segment[] {
  return observations.map(([type, of, subId, value, unit], index) => [
    'OBX',
    {
      1: String(index + 1),
      2: type,
      3: coded(of),
      4: subId,
      5: value,
      ...(unit && { 6: coded(unit) }),
      11: PRELIMINARY,
      14: at,
      17: [['', modelText(model)]],
      18: [[modelText(model), '', model.deviceUid, 'ISO']],
    },
  ])
}

/** OBR, HL7 version 2.5.1 section 4.5.3; accession and procedure where IHE's Scheduled Workflow looks for them. */
function requestSegment(source: Header, at: string): Segment {
  const { placer, filler, accession, procedureId, stepId, provider, service, studyAt } = orderOf(source)
  const fields = { 1: '1', 2: [[placer]], 3: [[filler]], 4: coded(service), 7: studyAt, 16: provider, 18: accession }
  return ['OBR', { ...fields, 19: procedureId, 20: stepId, 22: at, 24: 'RAD', 25: PRELIMINARY }]
}

/** 20 characters at most, MSH-10. */
export const controlIdOf = (uid: string): string =>
  BigInt(`0x${createHash('sha256').update(uid).digest('hex')}`)
    .toString(36)
    .toUpperCase()
    .slice(0, 20)

/** ORU^R01, HL7 version 2.5.1, of these observations; `identity` with the profile makes its identity. */
export function assembleOru(
  origin: ResultOrigin,
  profile: OruProfile,
  identity: readonly string[],
  observations: readonly Observation[],
): Oru {
  const { source, startedAt } = origin
  const uid = derivedUid('message', 'ORU^R01', ...identity, JSON.stringify(Object.entries(profile).sort()))
  const at = localTime(startedAt, source.string('TimezoneOffsetFromUTC')).dateTime
  const bytes = encodeMessage({ type: 'ORU', event: 'R01', controlId: controlIdOf(uid), at }, profile, [
    patientSegment(source),
    ...visitSegments(source),
    requestSegment(source, at),
    ...observationSegments(origin, [...observations, ...studyObservations(source, profile)], at),
  ])
  return { uid, bytes }
}
