import type { DataSet } from '../dicom/data-set.ts'
import type { Header } from '../dicom/header.ts'
import { type ListedInstance, referencedSop } from './content-item.ts'
import { copiedCodes, copiedOrEmpty } from './source-attributes.ts'
import { type SourceStudy, verbatim } from './source-image.ts'

const textOf = (uid: string | Uint8Array) => (typeof uid === 'string' ? uid : new TextDecoder('latin1').decode(uid))

/**
 * Current Requested Procedure Evidence, PS3.3 C.17.2: exactly the instances that the content tree names, all of one study;
 * absent where it names none.
 */
export function evidence(image: SourceStudy, instances: readonly ListedInstance[]): DataSet {
  if (instances.length === 0) return {}
  const series = new Map<string, ListedInstance[]>()
  for (const instance of instances) {
    const uid = textOf(instance.seriesInstanceUid)
    const before = series.get(uid) ?? []
    // Several frames of one instance are named in the tree, the instance once here.
    const known = before.some((each) => textOf(each.sopInstanceUid) === textOf(instance.sopInstanceUid))
    series.set(uid, known ? before : [...before, instance])
  }
  const items = [...series.values()].map((members) => ({
    SeriesInstanceUID: members[0]?.seriesInstanceUid ?? null,
    ReferencedSOPSequence: members.map(referencedSop),
  }))
  return {
    CurrentRequestedProcedureEvidenceSequence: [
      { StudyInstanceUID: verbatim(image.studyInstanceUid), ReferencedSeriesSequence: items },
    ],
  }
}

const REQUESTED = [
  'RequestedProcedureID',
  'RequestedProcedureDescription',
  'PlacerOrderNumberImagingServiceRequest',
  'FillerOrderNumberImagingServiceRequest',
]

function requestItem(request: Header, source: Header, image: SourceStudy): DataSet {
  const own = request.string('AccessionNumber') !== undefined
  return {
    ...copiedOrEmpty(request, REQUESTED),
    ...copiedOrEmpty(own ? request : source, ['AccessionNumber']),
    StudyInstanceUID: verbatim(image.studyInstanceUid),
    ReferencedStudySequence: null,
    RequestedProcedureCodeSequence: copiedCodes(request, 'RequestedProcedureCodeSequence'),
  }
}

/** Referenced Request Sequence, PS3.3 C.17.2 (Type 1C): only when the source fulfils a requested procedure. */
export function referencedRequests(source: Header, image: SourceStudy): DataSet {
  const known = [...source.items('RequestAttributesSequence'), source].filter((h) => h.string('RequestedProcedureID'))
  const requests = known.length > 1 ? known.filter((header) => header !== source) : known
  if (requests.length === 0) return {}
  return { ReferencedRequestSequence: requests.map((request) => requestItem(request, source, image)) }
}
