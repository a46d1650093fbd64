import type { Header } from '../dicom/header.ts'
import type { CodedConcept } from '../study/finding.ts'
import type { RejectionReason } from '../study/rejection.ts'
import { buildKeyObjectSelection } from './build-key-objects.ts'
import { Concept } from './concepts.ts'
import type { ListedInstance } from './content-item.ts'
import type { NodeIdentity } from './result-input.ts'
import type { ResultInstance } from './result-instance.ts'
import { REJECTED_SERIES_DESCRIPTION } from './wording.ts'

const TITLE: Readonly<Record<RejectionReason, CodedConcept>> = {
  quality: Concept.RejectedForQualityReasons,
  'patient-safety': Concept.RejectedForPatientSafetyReasons,
  worklist: Concept.IncorrectModalityWorklistEntry,
  retention: Concept.DataRetentionPolicyExpired,
}

type Rejection = {
  /** An image of the study: patient, study and request are its. */
  readonly source: Header
  readonly reason: RejectionReason
  readonly references: readonly ListedInstance[]
  /** For people; ASCII. */
  readonly description: string
  readonly node: NodeIdentity
  readonly at: Date
}

/**
 * A Key Object Selection Document that says that results of ours are not to be used any more (IHE Imaging Object Change
 * Management, RAD TF-2 4.66): the same for the same results and reason.
 * @throws Failure RESULT_INVALID
 */
export function buildRejectionNote({ reason, ...rejection }: Rejection): Omit<ResultInstance, 'wantedBy'> {
  const note = buildKeyObjectSelection({
    ...rejection,
    title: TITLE[reason],
    seriesDescription: REJECTED_SERIES_DESCRIPTION,
  })
  return { ...note, kind: 'REJECTION' }
}
