import type { Header } from '../dicom/header.ts'
import { NODE_MODEL_NAME } from '../dicom/implementation.ts'
import { SopClass } from '../dicom/sop-classes.ts'
import type { DeclineCode } from '../study/decline.ts'

export type Candidate = { instanceId: string; header: Header }
/** `images`, best first: the next is for when the best cannot be decoded. */
export type Selection = { images: readonly Candidate[]; declined?: never } | { images?: never; declined: DeclineCode }

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
/** English, German, French, Spanish, Portuguese, Italian, Dutch. */
const LATERAL_WORDS =
  /\b([lr]?lat|[lr]l|[lr]lo|lateral\w*|later\w+|seit\w*|profil\w*|perfil|obliqu\w*|obliku\w*|transvers\w*|dwars|decub\w*|lordot\w*|schr[aä]eg\w*)\b/i
const FRONTAL_VIEWS = ['PA', 'AP']

const descriptions = (header: Header) => DESCRIPTIONS.flatMap((keyword) => header.strings(keyword))
const meanings = (header: Header, keyword: string) =>
  header.items(keyword).flatMap((item) => item.strings('CodeMeaning'))

/** Words of a description, its underscores taken for spaces. */
const says = (pattern: RegExp, texts: readonly string[]) =>
  texts.some((text) => pattern.test(text.replaceAll('_', ' ')))

function isDerived(header: Header): boolean {
  // A radiograph processed for presentation is DERIVED\PRIMARY (PS3.3 C.8.11.3.1.4); copies and captures are not PRIMARY.
  const [pixels, examination] = header.strings('ImageType')
  return examination === 'SECONDARY' || (pixels === 'DERIVED' && examination !== 'PRIMARY')
}

function bodyPart(header: Header): DeclineCode | undefined {
  const named = header.string('BodyPartExamined')
  if (named !== undefined) return CHEST_BODY_PART.test(named) ? undefined : 'BODY_PART_NOT_CHEST'
  const words = [...descriptions(header), ...CODED.flatMap((keyword) => meanings(header, keyword))]
  return says(CHEST_WORDS, words) ? undefined : 'BODY_PART_UNKNOWN'
}

function isFrontal(header: Header): boolean {
  const view = header.string('ViewPosition')
  if (view !== undefined) return FRONTAL_VIEWS.includes(view)
  // Rows that run towards anterior or posterior show the patient from the side (PS3.3 C.7.6.1.1.1).
  if (/^[AP]/.test(header.strings('PatientOrientation')[0] ?? '')) return false
  const words = [...header.strings('SeriesDescription'), ...header.strings('ProtocolName')]
  return !says(LATERAL_WORDS, [...words, ...meanings(header, 'ViewCodeSequence')])
}

function isForProcessing(header: Header): boolean {
  const sopClass = header.string('SOPClassUID')
  return (
    sopClass === SopClass.DigitalXRayImageStorageForProcessing ||
    header.string('PresentationIntentType') === 'FOR PROCESSING'
  )
}

/** The model sees stored values by Photometric Interpretation alone: nothing else may swap dark and bright. */
function isPolarityContradictory(header: Header): boolean {
  const inverse = header.string('PresentationLUTShape') === 'INVERSE'
  const isInverse = header.string('PhotometricInterpretation') === 'MONOCHROME1'
  return (inverse && !isInverse) || (header.number('RescaleSlope') ?? 1) < 0
}

/** Reasons against one image, the furthest from a chest radiograph first: the order in which they are looked for. */
const RULES: [DeclineCode, (header: Header) => boolean][] = [
  ['OWN_RESULT', (header) => header.string('ManufacturerModelName') === NODE_MODEL_NAME],
  ['MODALITY_NOT_ACCEPTED', (header) => !['CR', 'DX'].includes(header.string('Modality') ?? '')],
  ['IMAGE_DERIVED', isDerived],
  ['FOR_PROCESSING', isForProcessing],
  ['COLOUR_IMAGE', (header) => !/^MONOCHROME[12]$/.test(header.string('PhotometricInterpretation') ?? '')],
  ['BODY_PART_NOT_CHEST', (header) => bodyPart(header) === 'BODY_PART_NOT_CHEST'],
  ['BODY_PART_UNKNOWN', (header) => bodyPart(header) === 'BODY_PART_UNKNOWN'],
  ['VIEW_NOT_FRONTAL', (header) => !isFrontal(header)],
  ['POLARITY_CONTRADICTORY', isPolarityContradictory],
]

/** Best first: PA before AP before unsaid, more pixels; the UID only makes the choice repeatable. */
function preference({ header }: Candidate): [number, number, string] {
  const view = FRONTAL_VIEWS.indexOf(header.string('ViewPosition') ?? '')
  const pixels = (header.number('Rows') ?? 0) * (header.number('Columns') ?? 0)
  return [view < 0 ? FRONTAL_VIEWS.length : view, -pixels, header.string('SOPInstanceUID') ?? '']
}

function byPreference(a: Candidate, b: Candidate): number {
  const left = preference(a)
  const right = preference(b)
  const at = left.findIndex((each, index) => each !== right[index])
  return at < 0 || left[at] === undefined || right[at] === undefined ? 0 : left[at] < right[at] ? -1 : 1
}

/** The frontal chest radiographs of a study; or why there is none, from the image that came closest to one. */
export function selectImages(candidates: readonly Candidate[]): Selection {
  const reasons = candidates.map(({ header }) => RULES.findIndex(([, against]) => against(header)))
  const eligible = candidates.filter((_, index) => reasons[index] === -1)
  if (eligible.length > 0) return { images: eligible.sort(byPreference) }
  return { declined: RULES[Math.max(...reasons)]?.[0] ?? 'NO_IMAGE' }
}
