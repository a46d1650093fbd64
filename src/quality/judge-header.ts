import type { Header } from '../dicom/header.ts'
import { SopClass } from '../dicom/sop-classes.ts'
import type { IntendedUse, View } from '../study/intended-use.ts'
import { judge, type Observation, type Policies, type QualityCheck, type Verdict } from '../study/quality.ts'
import { saysChest, saysLateral } from './chest-words.ts'
import { patientAge } from './patient-age.ts'
import { viewOf } from './view-of.ts'

/** Defined term CHEST (PS3.16 Annex L) and what devices write instead; LUNG is a defined term too. */
const CHEST_BODY_PART = /^(CHEST|THORAX|TORAX|LUNG)/i
export const FRONTAL_VIEWS: readonly string[] = ['PA', 'AP'] satisfies View[]

function isDerived(header: Header): boolean {
  // A radiograph processed for presentation is DERIVED\PRIMARY (PS3.3 C.8.11.3.1.4); copies and captures are not PRIMARY.
  const [pixels, examination] = header.strings('ImageType')
  return examination === 'SECONDARY' || (pixels === 'DERIVED' && examination !== 'PRIMARY')
}

function isFrontal(header: Header): boolean {
  const view = header.string('ViewPosition')
  if (view !== undefined) return FRONTAL_VIEWS.includes(view)
  // Rows that run towards anterior or posterior show the patient from the side (PS3.3 C.7.6.1.1.1).
  if (/^[AP]/.test(header.strings('PatientOrientation')[0] ?? '')) return false
  return !saysLateral(header)
}

const isForProcessing = (header: Header): boolean =>
  header.string('SOPClassUID') === SopClass.DigitalXRayImageStorageForProcessing ||
  header.string('PresentationIntentType') === 'FOR PROCESSING'

/** The model sees stored values by Photometric Interpretation alone: nothing else may swap dark and bright. */
function isPolarityContradictory(header: Header): boolean {
  const inverse = header.string('PresentationLUTShape') === 'INVERSE'
  const isInverse = header.string('PhotometricInterpretation') === 'MONOCHROME1'
  return (inverse && !isInverse) || (header.number('RescaleSlope') ?? 1) < 0
}

function intendedView(header: Header, { intended }: IntendedUse): Observation {
  const view = viewOf(header)
  if (!intended?.views) return { speaks: false }
  return { speaks: view === undefined ? 'unknown' : !intended.views.some((each) => each === view) }
}

function intendedAge(header: Header, { intended }: IntendedUse): Observation {
  if (!intended?.ages) return { speaks: false }
  const measured = patientAge(header)
  if (measured === undefined) return { speaks: 'unknown' }
  const [first, last] = intended.ages
  // A patient is of the last age until the next birthday.
  return { speaks: measured < first || measured >= last + 1, measured, limit: measured < first ? first : last }
}

type Check = (header: Header, use: IntendedUse) => boolean | Observation

const CHECKS: readonly (readonly [QualityCheck, Check])[] = [
  ['modality', (header) => !['CR', 'DX'].includes(header.string('Modality') ?? '')],
  ['derived', isDerived],
  ['forProcessing', isForProcessing],
  ['colour', (header) => !/^MONOCHROME[12]$/.test(header.string('PhotometricInterpretation') ?? '')],
  ['bodyPart', (header) => !CHEST_BODY_PART.test(header.string('BodyPartExamined') ?? 'CHEST')],
  ['bodyPartUnknown', (header) => header.string('BodyPartExamined') === undefined && !saysChest(header)],
  ['view', (header) => !isFrontal(header)],
  ['polarity', isPolarityContradictory],
  ['intendedView', intendedView],
  ['age', intendedAge],
  ['secondaryCapture', (header) => header.string('SOPClassUID') === SopClass.SecondaryCaptureImageStorage],
  ['burnedIn', (header) => header.string('BurnedInAnnotation') === 'YES'],
]

/** What can be told from the attributes alone. */
export function judgeHeader(header: Header, policies: Policies, use: IntendedUse): Verdict[] {
  return CHECKS.map(([check, observe]) =>
    judge(check, policies, () => {
      const seen = observe(header, use)
      return typeof seen === 'boolean' ? { speaks: seen } : seen
    }),
  )
}
