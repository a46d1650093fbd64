import type { Header } from '../dicom/header.ts'
import { NODE_MODEL_NAME } from '../dicom/implementation.ts'
import { FRONTAL_VIEWS, judgeHeader } from '../quality/judge-header.ts'
import type { DeclineCode } from '../study/decline.ts'
import type { IntendedUse } from '../study/intended-use.ts'
import { declineOf, type Policies, type Verdict } from '../study/quality.ts'

/** An instance; the AE titles of the association that brought it, where one did. */
export type Candidate = { instanceId: string; header: Header; callingAeTitle?: string; calledAeTitle?: string }
/** With what the quality checks of its attributes said; none of them forbids to score it. */
export type SelectedImage = Candidate & { verdicts: readonly Verdict[] }
type JudgedCandidate = SelectedImage & { declined: DeclineCode | undefined }

/** `images`, best first: the next is for when the best cannot be decoded or scored. */
export type Selection = { judged: readonly JudgedCandidate[] } & (
  | { images: readonly SelectedImage[]; declined?: never }
  | { images?: never; declined: DeclineCode }
)

/** Whatever the policies: our own results would be analysed for ever, and what has no pixels cannot be. */
function neverAnalysed(header: Header): DeclineCode | undefined {
  if (header.string('ManufacturerModelName') === NODE_MODEL_NAME) return 'OWN_RESULT'
  return header.has('Rows') && header.has('Columns') ? undefined : 'NO_IMAGE'
}

function judgeCandidate(candidate: Candidate, policies: Policies, use: IntendedUse): JudgedCandidate {
  const verdicts = judgeHeader(candidate.header, policies, use)
  const never = neverAnalysed(candidate.header)
  const declined = never === 'OWN_RESULT' ? never : (declineOf(verdicts) ?? never)
  return { ...candidate, verdicts, declined }
}

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

/** How many checks an image passed before one forbade it. */
const distanceCome = ({ declined, verdicts }: JudgedCandidate): number =>
  declined === 'OWN_RESULT' ? -1 : verdicts.findIndex(({ outcome }) => outcome === 'declined' || outcome === 'failed')

/** The frontal chest radiographs of a study; or why there is none, from the image that came closest to one. */
export function selectImages(candidates: readonly Candidate[], policies: Policies, use: IntendedUse): Selection {
  const judged = candidates.map((candidate) => judgeCandidate(candidate, policies, use))
  const images = judged.filter(({ declined }) => declined === undefined).sort(byPreference)
  if (images.length > 0) return { judged, images }
  const [closest] = judged.toSorted((a, b) => distanceCome(b) - distanceCome(a))
  return { judged, declined: closest?.declined ?? 'NO_IMAGE' }
}
