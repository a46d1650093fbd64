import type { Header } from '../dicom/header.ts'
import { NODE_MODEL_NAME } from '../dicom/implementation.ts'
import { SopClass } from '../dicom/sop-classes.ts'
import type { DeclineCode } from '../study/decline.ts'

export type Candidate = { instanceId: string; header: Header }
export type Selection = { image: Candidate; declined?: never } | { image?: never; declined: DeclineCode }

/** Free text that may say what was examined; PS3.3 General Study, General Series, Request Attributes. */
const DESCRIPTIONS = [
  'StudyDescription',
  'SeriesDescription',
  'ProtocolName',
  'PerformedProcedureStepDescription',
  'RequestedProcedureDescription',
  'AcquisitionDeviceProcessingDescription',
]
const CODED = ['ProcedureCodeSequence', 'AnatomicRegionSequence', 'PerformedProtocolCodeSequence']
/** Defined term CHEST (PS3.16 Annex L) and what devices write instead; LUNG is a defined term too. */
const CHEST_BODY_PART = /^(CHEST|THORAX|TORAX|LUNG)/i
const CHEST_WORDS = /\b(chest|thorax|torax|cxr|lungs?)\b/i
const LATERAL_WORDS = /\b(lat|lateral|oblique|decub\w*|lordotic)\b/i
const FRONTAL_VIEWS = ['PA', 'AP']

const descriptions = (header: Header) => DESCRIPTIONS.flatMap((keyword) => header.strings(keyword))
const meanings = (header: Header, keyword: string) =>
  header.items(keyword).flatMap((item) => item.strings('CodeMeaning'))

function isDerived(header: Header): boolean {
  // A radiograph processed for presentation is DERIVED\PRIMARY (PS3.3 C.8.11.3.1.4); copies and captures are not PRIMARY.
  const [pixels, examination] = header.strings('ImageType')
  return examination === 'SECONDARY' || (pixels === 'DERIVED' && examination !== 'PRIMARY')
}

function bodyPart(header: Header): DeclineCode | undefined {
  const named = header.string('BodyPartExamined')
  if (named !== undefined) return CHEST_BODY_PART.test(named) ? undefined : 'BODY_PART_NOT_CHEST'
  const words = [...descriptions(header), ...CODED.flatMap((keyword) => meanings(header, keyword))]
  return words.some((each) => CHEST_WORDS.test(each)) ? undefined : 'BODY_PART_UNKNOWN'
}

function isFrontal(header: Header): boolean {
  const view = header.string('ViewPosition')
  if (view !== undefined) return FRONTAL_VIEWS.includes(view)
  // Rows that run towards anterior or posterior show the patient from the side (PS3.3 C.7.6.1.1.1).
  if (/^[AP]/.test(header.strings('PatientOrientation')[0] ?? '')) return false
  const words = [...header.strings('SeriesDescription'), ...header.strings('ProtocolName')]
  return ![...words, ...meanings(header, 'ViewCodeSequence')].some((each) => LATERAL_WORDS.test(each))
}

/** Reasons against one image, the furthest from a chest radiograph first: the order in which they are looked for. */
const RULES: [DeclineCode, (header: Header) => boolean][] = [
  ['OWN_RESULT', (header) => header.string('ManufacturerModelName') === NODE_MODEL_NAME],
  ['MODALITY_NOT_ACCEPTED', (header) => !['CR', 'DX'].includes(header.string('Modality') ?? '')],
  ['IMAGE_DERIVED', isDerived],
  ['COLOUR_IMAGE', (header) => !/^MONOCHROME[12]$/.test(header.string('PhotometricInterpretation') ?? '')],
  ['BODY_PART_NOT_CHEST', (header) => bodyPart(header) === 'BODY_PART_NOT_CHEST'],
  ['BODY_PART_UNKNOWN', (header) => bodyPart(header) === 'BODY_PART_UNKNOWN'],
  ['VIEW_NOT_FRONTAL', (header) => !isFrontal(header)],
]

/** Best first: ready to look at, PA before AP before unsaid, more pixels; the UID only makes the choice repeatable. */
function preference({ header }: Candidate): [number, number, number, string] {
  const forProcessing =
    header.string('SOPClassUID') === SopClass.DigitalXRayImageStorageForProcessing ||
    header.string('PresentationIntentType') === 'FOR PROCESSING'
  const view = FRONTAL_VIEWS.indexOf(header.string('ViewPosition') ?? '')
  const pixels = (header.number('Rows') ?? 0) * (header.number('Columns') ?? 0)
  return [forProcessing ? 1 : 0, view < 0 ? FRONTAL_VIEWS.length : view, -pixels, header.string('SOPInstanceUID') ?? '']
}

function byPreference(a: Candidate, b: Candidate): number {
  const left = preference(a)
  const right = preference(b)
  const at = left.findIndex((each, index) => each !== right[index])
  return at < 0 || left[at] === undefined || right[at] === undefined ? 0 : left[at] < right[at] ? -1 : 1
}

/** The one image to analyse: a frontal chest radiograph; or why there is none, from the image that came closest. */
export function selectImage(candidates: readonly Candidate[]): Selection {
  const reasons = candidates.map(({ header }) => RULES.findIndex(([, against]) => against(header)))
  const eligible = candidates.filter((_, index) => reasons[index] === -1)
  const [image] = eligible.sort(byPreference)
  if (image) return { image }
  return { declined: RULES[Math.max(...reasons)]?.[0] ?? 'NO_IMAGE' }
}
