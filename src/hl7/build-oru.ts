import { createHash } from 'node:crypto'
import { derivedUid } from '../dicom/derived-uid.ts'
import type { Header } from '../dicom/header.ts'
import { Concept } from '../report/concepts.ts'
import { codeOf } from '../report/finding-codes.ts'
import { localTime } from '../report/local-time.ts'
import type { NodeIdentity, Replaced } from '../report/result-input.ts'
import { sourceImage } from '../report/source-image.ts'
import { summaryLines } from '../report/summary-lines.ts'
import { modelText, positivesOf, scorePercent } from '../report/wording.ts'
import type { Caveat } from '../study/caveat.ts'
import type { CodedConcept, Finding, FindingCodes, ModelIdentity } from '../study/finding.ts'
import { type Envelope, encodeMessage, type Field, type Segment } from './message.ts'
import { linkTo, orderOf, patientSegment, visitSegments } from './source-fields.ts'

export type OruInput = {
  readonly source: Header
  readonly model: ModelIdentity
  /** In the model's order. */
  readonly findings: readonly Finding[]
  readonly caveats: readonly Caveat[]
  readonly codes: FindingCodes
  /** Reports of the same study that this message's replaces. */
  readonly replaces?: readonly Replaced[]
  readonly node: NodeIdentity
  readonly startedAt: Date
  /** Identifies thresholds, codes and settings: part of the message's identity. */
  readonly configHash: string
}

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

const IMPRESSION: CodedConcept = { value: '19005-8', scheme: 'LN', meaning: 'Radiology Imaging study [Impression]' }
const STUDY: CodedConcept = { value: '113014', scheme: 'DCM', meaning: 'Study' }

/** Coding scheme designators that HL7 table 0396 writes otherwise than DICOM; the others are the same in both. */
const SCHEMES: Readonly<Record<string, string>> = { UMLS: 'UML' }

/** CWE: the same concept as in the Structured Report. */
const coded = ({ value, scheme, meaning }: CodedConcept): Field => [[value, meaning, SCHEMES[scheme] ?? scheme]]

/** OBX without what all of them have: value type, what is observed, sub-id, value, unit. */
type Observation = readonly [type: string, of: CodedConcept, subId: string, value: Field, unit?: CodedConcept]

function observationsOf(
  { source, findings, caveats, codes, model, replaces }: OruInput,
  { link }: OruProfile,
): Observation[] {
  const positives = positivesOf(findings)
  const outcome = positives.length > 0 ? Concept.SucceededWithFindings : Concept.SucceededWithoutFindings
  return [
    ['CWE', Concept.CadProcessingAndFindingsSummary, '', coded(outcome)],
    ...summaryLines(findings, caveats, model, replaces).map((line): Observation => ['TX', IMPRESSION, '', line]),
    ...positives.flatMap((finding, at): Observation[] => [
      ['CWE', Concept.Finding, String(at + 1), coded(codeOf(codes, finding.label).finding)],
      ['NM', Concept.CertaintyOfFinding, String(at + 1), scorePercent(finding), Concept.Percent],
    ]),
    ['HD', STUDY, '', [[sourceImage(source).studyInstanceUid]]],
    ...(link ? [['RP', STUDY, '', [[linkTo(source, link), '', 'IM']]] as const] : []),
  ]
}

/** PRELIMINARY and UNVERIFIED, as the Structured Report: HL7 tables 0085 and 0123. */
const PRELIMINARY = 'P'

function observationSegments(input: OruInput, profile: OruProfile, at: string): Segment[] {
  const { model } = input
  return observationsOf(input, profile).map(([type, of, subId, value, unit], index) => [
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
function requestSegment({ source }: OruInput, at: string): Segment {
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

/** An unsolicited observation message, ORU^R01 of HL7 version 2.5.1, of one analysed radiograph. */
export function buildOru(input: OruInput, profile: OruProfile): Oru {
  const { source, model, node, configHash, startedAt } = input
  const run = [sourceImage(source).sopInstanceUid, model.deviceUid, configHash, node.version]
  const uid = derivedUid('message', 'ORU^R01', ...run, JSON.stringify(Object.entries(profile).sort()))
  const at = localTime(startedAt, source.string('TimezoneOffsetFromUTC')).dateTime
  const bytes = encodeMessage({ type: 'ORU', event: 'R01', controlId: controlIdOf(uid), at }, profile, [
    patientSegment(source),
    ...visitSegments(source),
    requestSegment(input, at),
    ...observationSegments(input, profile, at),
  ])
  return { uid, bytes }
}
