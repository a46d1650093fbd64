import type { DataSet } from '../dicom/data-set.ts'
import type { Header } from '../dicom/header.ts'
import { type InstanceReference, referencedSop } from './content-item.ts'
import { copiedCodes, copiedOrEmpty } from './source-attributes.ts'
import { referenceTo, type SourceImage, verbatim } from './source-image.ts'

/**
 * Current Requested Procedure Evidence, PS3.3 C.17.2: exactly the instances that the content tree names.
 * `captures` are the Secondary Captures of one series; none leaves that series out.
 */
export function evidence(image: SourceImage, scSeriesUid: string, captures: readonly InstanceReference[]): DataSet {
  const series = [
    {
      SeriesInstanceUID: verbatim(image.seriesInstanceUid),
      ReferencedSOPSequence: [referencedSop(referenceTo(image))],
    },
    ...(captures.length > 0
      ? [{ SeriesInstanceUID: scSeriesUid, ReferencedSOPSequence: captures.map(referencedSop) }]
      : []),
  ]
  return {
    CurrentRequestedProcedureEvidenceSequence: [
      { StudyInstanceUID: verbatim(image.studyInstanceUid), ReferencedSeriesSequence: series },
    ],
  }
}

function requestItem(request: Header, source: Header, image: SourceImage): DataSet {
  const own = request.string('AccessionNumber') !== undefined
  return {
    ...copiedOrEmpty(request, ['RequestedProcedureID', 'RequestedProcedureDescription']),
    ...copiedOrEmpty(own ? request : source, ['AccessionNumber']),
    StudyInstanceUID: verbatim(image.studyInstanceUid),
    ReferencedStudySequence: null,
    PlacerOrderNumberImagingServiceRequest: null,
    FillerOrderNumberImagingServiceRequest: null,
    RequestedProcedureCodeSequence: copiedCodes(request, 'RequestedProcedureCodeSequence'),
  }
}

/** Referenced Request Sequence, PS3.3 C.17.2 (Type 1C): only when the source fulfils a requested procedure. */
export function referencedRequests(source: Header, image: SourceImage): DataSet {
  const known = [...source.items('RequestAttributesSequence'), source].filter((h) => h.string('RequestedProcedureID'))
  const requests = known.length > 1 ? known.filter((header) => header !== source) : known
  if (requests.length === 0) return {}
  return { ReferencedRequestSequence: requests.map((request) => requestItem(request, source, image)) }
}
