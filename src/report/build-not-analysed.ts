import type { DataSet } from '../dicom/data-set.ts'
import { derivedUid } from '../dicom/derived-uid.ts'
import { SopClass } from '../dicom/sop-classes.ts'
import { encodeInstance } from '../dicom/write-instance.ts'
import type { ResultWish } from '../study/result-object.ts'
import { basicTextSr } from './build-basic-text-sr.ts'
import { SR_CLASSES } from './build-sr.ts'
import { Concept } from './concepts.ts'
import { codeContent, codeItem, containerContent, textContent } from './content-item.ts'
import { type Cause, notAnalysedIdentity } from './not-analysed.ts'
import type { RgbImage } from './page.ts'
import { renderNotAnalysed } from './render-not-analysed.ts'
import type { ResultOrigin } from './result-input.ts'
import type { ResultInstance } from './result-instance.ts'
import { scDocument } from './sc-document.ts'
import { referenceTo, sourceImage } from './source-image.ts'
import { srDocument } from './sr-document.ts'
import { imageLibrary } from './sr-image-library.ts'
import { language, observationContext, procedureReported } from './sr-observation-context.ts'
import {
  cautions,
  modelText,
  NO_RESULT,
  NO_RESULT_BESIDE,
  NOT_ANALYSED,
  notAnalysedSeriesDescription,
  reasonCodeText,
} from './wording.ts'

function pageUids(origin: ResultOrigin, cause: Cause) {
  const parts = notAnalysedIdentity(origin, cause)
  return {
    srSeries: derivedUid('series', 'SR', ...parts),
    scSeries: derivedUid('series', 'SC', ...parts),
    instance: (sopClassUid: string) => derivedUid('instance', sopClassUid, ...parts),
  }
}

const summary = ({ code, words, beside }: Cause, { model }: ResultOrigin): readonly string[] => [
  `${cautions(model).join('. ')}.`,
  `${beside ? `${NOT_ANALYSED} by ${modelText(model)}` : NOT_ANALYSED}: ${words} (${code}).`,
  (beside ? NO_RESULT_BESIDE : NO_RESULT).join(' '),
]

/**
 * TID 1500 rows 12 to 14, PS3.16: that nothing was analysed, coded, and in words. Nothing here may be read as the absence
 * of a finding.
 */
function outcome(cause: Cause, origin: ResultOrigin): DataSet {
  const { code, outcome: how, beside } = cause
  const failed = how === 'failed'
  return containerContent(Concept.QualitativeEvaluations, [
    // Where another model has a result it would not be true.
    ...(failed && !beside
      ? [
          codeContent(
            'CONTAINS',
            Concept.CadProcessingAndFindingsSummary,
            codeItem(Concept.NoneSucceededWithoutFindings),
          ),
        ]
      : []),
    codeContent('CONTAINS', Concept.SummaryOfDetections, codeItem(failed ? Concept.Failed : Concept.NotAttempted)),
    textContent('CONTAINS', Concept.Summary, summary(cause, origin).join('\r\n')),
    textContent('CONTAINS', Concept.Comment, reasonCodeText(code)),
  ])
}

function report(origin: ResultOrigin, cause: Cause, sopClassUid: string): DataSet {
  const { source, model, node } = origin
  const image = sourceImage(source)
  const uids = pageUids(origin, cause)
  return srDocument(origin, {
    sopClassUid,
    sopInstanceUid: uids.instance(sopClassUid),
    seriesInstanceUid: uids.srSeries,
    seriesDescription: notAnalysedSeriesDescription(model),
    title: Concept.ImagingMeasurementReport,
    template: '1500',
    content: [
      language(),
      ...observationContext(source, image, model, node.name),
      procedureReported(source),
      imageLibrary(source, image),
      containerContent(Concept.ImagingMeasurements, []),
      outcome(cause, origin),
    ],
    references: [referenceTo(image)],
  })
}

function text(origin: ResultOrigin, cause: Cause): DataSet {
  const uids = pageUids(origin, cause)
  return basicTextSr(origin, {
    sopInstanceUid: uids.instance(SopClass.BasicTextSrStorage),
    seriesInstanceUid: uids.srSeries,
    seriesDescription: notAnalysedSeriesDescription(origin.model),
    lines: [...summary(cause, origin), reasonCodeText(cause.code)],
  })
}

type Readers = { readonly tree: readonly string[]; readonly text: readonly string[] }

/** The report in each of its SOP classes; text stands in for it where nothing else is taken, or is wanted itself. */
function reports(origin: ResultOrigin, cause: Cause, readers: Readers): ResultInstance[] {
  const uids = pageUids(origin, cause)
  const [best = ''] = SR_CLASSES
  const classes = readers.tree.length > 0 ? [...SR_CLASSES, SopClass.BasicTextSrStorage] : [SopClass.BasicTextSrStorage]
  return classes.map((sopClassUid) => ({
    kind: 'SR',
    sopClassUid,
    sopInstanceUid: uids.instance(sopClassUid),
    seriesInstanceUid: uids.srSeries,
    ...(readers.tree.length > 0 && sopClassUid !== best && { alternativeOf: uids.instance(best) }),
    wantedBy: sopClassUid === best ? readers.tree : sopClassUid === SopClass.BasicTextSrStorage ? readers.text : [],
    bytes: encodeInstance(
      sopClassUid === SopClass.BasicTextSrStorage ? text(origin, cause) : report(origin, cause, sopClassUid),
    ),
  }))
}

function page(origin: ResultOrigin, cause: Cause, image: RgbImage, wantedBy: readonly string[]): ResultInstance {
  const uids = pageUids(origin, cause)
  const sopClassUid = SopClass.SecondaryCaptureImageStorage
  const dataSet = scDocument(origin, {
    sopInstanceUid: uids.instance(sopClassUid),
    seriesInstanceUid: uids.scSeries,
    seriesDescription: notAnalysedSeriesDescription(origin.model),
    instanceNumber: 1,
    image,
    derivation: { DerivationDescription: `Page that says: ${NOT_ANALYSED} (${cause.code})`, BurnedInAnnotation: 'NO' },
  })
  return {
    kind: 'SC',
    sopClassUid,
    sopInstanceUid: uids.instance(sopClassUid),
    seriesInstanceUid: uids.scSeries,
    wantedBy,
    bytes: encodeInstance(dataSet),
  }
}

/**
 * What goes to the destinations that want to know of a study that was not analysed: a page, and an SR that says the same.
 * The source is an image of the study, looked at or not. `image` is the page, rendered unless it is there already.
 * @throws Failure RESULT_INVALID when the source lacks UIDs or size
 */
export async function buildNotAnalysed(
  origin: ResultOrigin,
  cause: Cause,
  wishes: readonly ResultWish[],
  image?: RgbImage,
): Promise<ResultInstance[]> {
  const wanting = (...asked: ResultWish['objects']) =>
    wishes
      .filter(({ notAnalysed, objects }) => notAnalysed === 'page' && asked.some((each) => objects.includes(each)))
      .map(({ name }) => name)
  const seeing = wanting('sc', 'multi-frame-sc')
  const readers = { tree: wanting('sr'), text: wanting('basic-text-sr') }
  return [
    ...(seeing.length > 0 ? [page(origin, cause, image ?? renderNotAnalysed(cause, origin.model), seeing)] : []),
    ...(readers.tree.length + readers.text.length > 0 ? reports(origin, cause, readers) : []),
  ]
}
