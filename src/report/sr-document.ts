import type { DataSet } from '../dicom/data-set.ts'
import type { CodedConcept } from '../study/finding.ts'
import { codeItem, type ListedInstance, templateOf } from './content-item.ts'
import { contributingEquipment, generalEquipment } from './equipment.ts'
import { type LocalTime, localTime } from './local-time.ts'
import type { ResultOrigin } from './result-input.ts'
import { patientAndStudy } from './source-attributes.ts'
import { sourceImage, verbatim } from './source-image.ts'
import { evidence, referencedRequests } from './sr-references.ts'

/** A report's identity and content. */
export type SrDocument = {
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly seriesInstanceUid: string
  readonly seriesDescription: string
  readonly title: CodedConcept
  /** Template of PS3.16 that the root keeps to. */
  readonly template: string
  readonly content: readonly DataSet[]
  /** Every instance that the content names, and no other. */
  readonly references: readonly ListedInstance[]
}

/** Author Observer Sequence, PS3.3 C.17.2: a device, so never a verifying observer. */
const authorObserver = ({ model, node }: ResultOrigin): DataSet => ({
  AuthorObserverSequence: [
    {
      ObserverType: 'DEV',
      Manufacturer: model.manufacturer,
      ManufacturerModelName: model.name,
      StationName: node.stationName ?? null,
      DeviceUID: model.deviceUid,
      InstitutionName: node.institutionName ?? null,
      InstitutionCodeSequence: null,
    },
  ],
})

const series = ({ seriesInstanceUid, seriesDescription }: SrDocument, time: LocalTime): DataSet => ({
  Modality: 'SR',
  SeriesInstanceUID: seriesInstanceUid,
  SeriesNumber: 9901,
  SeriesDate: time.date,
  SeriesTime: time.time,
  SeriesDescription: seriesDescription,
  ReferencedPerformedProcedureStepSequence: null,
})

const content = ({ title, template, content: children }: SrDocument): DataSet => ({
  ValueType: 'CONTAINER',
  ConceptNameCodeSequence: [codeItem(title)],
  ContinuityOfContent: 'SEPARATE',
  ...templateOf(template),
  ContentSequence: children,
})

/**
 * A whole SR, PS3.3 A.35: what is the same in every one of ours around its content.
 * @throws Failure RESULT_INVALID when the source lacks UIDs or size
 */
export function srDocument(origin: ResultOrigin, document: SrDocument): DataSet {
  const { source, node, model, startedAt } = origin
  const image = sourceImage(source)
  const time = localTime(startedAt, source.string('TimezoneOffsetFromUTC'))
  return {
    ...patientAndStudy(source),
    ...generalEquipment(node, model),
    ...contributingEquipment(model, time),
    ...series(document, time),
    SOPClassUID: document.sopClassUid,
    SOPInstanceUID: document.sopInstanceUid,
    StudyInstanceUID: verbatim(image.studyInstanceUid),
    InstanceNumber: 1,
    InstanceCreationDate: time.date,
    InstanceCreationTime: time.time,
    ContentDate: time.date,
    ContentTime: time.time,
    CompletionFlag: 'COMPLETE',
    VerificationFlag: 'UNVERIFIED',
    PreliminaryFlag: 'PRELIMINARY',
    ...authorObserver(origin),
    PerformedProcedureCodeSequence: null,
    ...referencedRequests(source, image),
    ...evidence(image, document.references),
    ...content(document),
  }
}
