import type { DataSet } from '../dicom/data-set.ts'
import { SopClass } from '../dicom/sop-classes.ts'
import { Concept } from './concepts.ts'
import { codeItem, containerContent, type ListedInstance, templateOf } from './content-item.ts'
import { contributingEquipment, generalEquipment } from './equipment.ts'
import { codeOf } from './finding-codes.ts'
import { type LocalTime, localTime } from './local-time.ts'
import type { ResultInput } from './result-input.ts'
import { type PictureForm, resultUids } from './result-uids.ts'
import { patientAndStudy } from './source-attributes.ts'
import { referenceTo, type SourceImage, sourceImage } from './source-image.ts'
import { imageLibrary } from './sr-image-library.ts'
import { measurementGroup } from './sr-measurement-group.ts'
import { language, observationContext, procedureReported } from './sr-observation-context.ts'
import { qualitativeEvaluations } from './sr-qualitative-evaluations.ts'
import { evidence, referencedRequests } from './sr-references.ts'
import { positivesOf, srSeriesDescription } from './wording.ts'

/** The heat maps' Secondary Captures by label. */
type HeatMapImages = ReadonlyMap<string, ListedInstance>

/** The classes that share the content tree, best first. */
export const SR_CLASSES: readonly string[] = [
  SopClass.Comprehensive3dSrStorage,
  SopClass.ComprehensiveSrStorage,
  SopClass.EnhancedSrStorage,
]

/** TID 1500 Measurement Report, PS3.16: a group only for a finding at or above its operating point. */
function contentTree(input: ResultInput, image: SourceImage, heatMapImages: HeatMapImages): DataSet {
  const { source, model, findings, maps, codes } = input
  const groups = positivesOf(findings).map((finding) =>
    measurementGroup({
      finding,
      model,
      image,
      code: codeOf(codes, finding.label),
      trackingUid: resultUids(input).tracking(finding.label),
      map: maps.get(finding.label),
      heatMapImage: heatMapImages.get(finding.label),
    }),
  )
  return {
    ValueType: 'CONTAINER',
    ConceptNameCodeSequence: [codeItem(Concept.ImagingMeasurementReport)],
    ContinuityOfContent: 'SEPARATE',
    ...templateOf('1500'),
    ContentSequence: [
      language(),
      ...observationContext(source, image, model, input.node.name),
      procedureReported(source),
      imageLibrary(source, image),
      containerContent(Concept.ImagingMeasurements, groups),
      qualitativeEvaluations(findings, maps, codes, model),
    ],
  }
}

/** Author Observer Sequence, PS3.3 C.17.2: a device, so never a verifying observer. */
const authorObserver = ({ model, node }: ResultInput): DataSet => ({
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

const series = (input: ResultInput, form: PictureForm, time: LocalTime): DataSet => ({
  Modality: 'SR',
  SeriesInstanceUID: resultUids(input, form).srSeries,
  SeriesNumber: 9901,
  SeriesDate: time.date,
  SeriesTime: time.time,
  SeriesDescription: srSeriesDescription(input.model),
  ReferencedPerformedProcedureStepSequence: null,
})

/**
 * The Structured Report of one analysed radiograph; its three SOP classes share the content tree.
 * @throws Failure RESULT_INVALID when the source lacks UIDs or size, or a label has no code
 */
export function buildSr(
  input: ResultInput,
  sopClassUid: string,
  heatMapImages: HeatMapImages,
  form: PictureForm = 'sc',
): DataSet {
  const image = sourceImage(input.source)
  const time = localTime(input.startedAt, input.source.string('TimezoneOffsetFromUTC'))
  return {
    ...patientAndStudy(input.source),
    ...generalEquipment(input.node, input.model),
    ...contributingEquipment(input.model, time),
    ...series(input, form, time),
    SOPClassUID: sopClassUid,
    SOPInstanceUID: resultUids(input, form).sr(sopClassUid),
    StudyInstanceUID: new TextEncoder().encode(image.studyInstanceUid),
    InstanceNumber: 1,
    InstanceCreationDate: time.date,
    InstanceCreationTime: time.time,
    ContentDate: time.date,
    ContentTime: time.time,
    CompletionFlag: 'COMPLETE',
    VerificationFlag: 'UNVERIFIED',
    PreliminaryFlag: 'PRELIMINARY',
    ...authorObserver(input),
    PerformedProcedureCodeSequence: null,
    ...referencedRequests(input.source, image),
    ...evidence(image, [referenceTo(image), ...heatMapImages.values()]),
    ...contentTree(input, image, heatMapImages),
  }
}
