import type { DataSet } from '../dicom/data-set.ts'
import { SopClass } from '../dicom/sop-classes.ts'
import { Concept } from './concepts.ts'
import { containerContent, type ListedInstance } from './content-item.ts'
import { codeOf } from './finding-codes.ts'
import type { ResultInput } from './result-input.ts'
import { type PictureForm, resultUids } from './result-uids.ts'
import { referenceTo, type SourceImage, sourceImage } from './source-image.ts'
import { srDocument } from './sr-document.ts'
import { imageLibrary } from './sr-image-library.ts'
import { measurementGroup } from './sr-measurement-group.ts'
import { language, observationContext, procedureReported } from './sr-observation-context.ts'
import { qualitativeEvaluations } from './sr-qualitative-evaluations.ts'
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
function contentTree(input: ResultInput, image: SourceImage, heatMapImages: HeatMapImages): readonly DataSet[] {
  const { source, model, findings, maps, caveats, codes } = input
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
  return [
    language(),
    ...observationContext(source, image, model, input.node.name),
    procedureReported(source),
    imageLibrary(source, image),
    containerContent(Concept.ImagingMeasurements, groups),
    qualitativeEvaluations(findings, maps, caveats, codes, model, input.replaces),
  ]
}

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
  const uids = resultUids(input, form)
  return srDocument(input, {
    sopClassUid,
    sopInstanceUid: uids.sr(sopClassUid),
    seriesInstanceUid: uids.srSeries,
    seriesDescription: srSeriesDescription(input.model),
    title: Concept.ImagingMeasurementReport,
    template: '1500',
    content: contentTree(input, image, heatMapImages),
    references: [referenceTo(image), ...heatMapImages.values()],
  })
}
