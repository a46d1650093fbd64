import type { DataSet } from '../dicom/data-set.ts'
import { SopClass } from '../dicom/sop-classes.ts'
import { encodeJpeg } from './code-pixels.ts'
import { Concept } from './concepts.ts'
import { codeItem, referencedSop } from './content-item.ts'
import { contributingEquipment, generalEquipment } from './equipment.ts'
import { localTime } from './local-time.ts'
import type { RgbImage } from './page.ts'
import { encodePdf, type PdfPage } from './pdf-file.ts'
import type { Pages } from './render-pages.ts'
import type { ResultInput } from './result-input.ts'
import { resultUids } from './result-uids.ts'
import { copied, patientAndStudy } from './source-attributes.ts'
import { referenceTo, sourceImage, verbatim } from './source-image.ts'
import { summaryLines } from './summary-lines.ts'
import { COMBINED, displayName, pdfTitle, positivesOf, scoreSentence } from './wording.ts'

const SOP_CLASS = SopClass.EncapsulatedPdfStorage

/** Summary first, then the heat maps, each with its words. */
async function pagesOf(input: ResultInput, { summary, heatMaps, combined }: Pages): Promise<PdfPage[]> {
  const { findings, caveats, model, replaces } = input
  const sentence = (label: string) =>
    findings
      .filter((each) => each.label === label)
      .map(scoreSentence)
      .join('')
  const all = findings.map((finding) => `${displayName(finding.label)}: ${scoreSentence(finding)}`)
  const page = async (image: RgbImage, words: readonly string[]): Promise<PdfPage> => ({
    ...{ rows: image.rows, columns: image.columns },
    jpeg: await encodeJpeg(image),
    words,
  })
  const maps = positivesOf(findings).flatMap(({ label }) => {
    const image = heatMaps.get(label)
    return image ? [page(image, [`${displayName(label)}: ${sentence(label)}`])] : []
  })
  return Promise.all([
    page(summary, [...summaryLines(findings, caveats, model, replaces), ...all]),
    ...maps,
    ...(combined ? [page(combined, [COMBINED])] : []),
  ])
}

/** All pages as an Encapsulated PDF, PS3.3 A.45.1. No patient data in it. @throws Failure RESULT_INVALID */
export async function buildPdf(input: ResultInput, pages: Pages): Promise<DataSet> {
  const { source, node, model, startedAt } = input
  const image = sourceImage(source)
  const time = localTime(startedAt, source.string('TimezoneOffsetFromUTC'))
  const uids = resultUids(input)
  const title = pdfTitle(model)
  const pdf = encodePdf(title, await pagesOf(input, pages))
  return {
    ...patientAndStudy(source),
    ...generalEquipment(node, model),
    ...contributingEquipment(model, time),
    SOPClassUID: SOP_CLASS,
    SOPInstanceUID: uids.pdf(SOP_CLASS),
    StudyInstanceUID: verbatim(image.studyInstanceUid),
    Modality: 'DOC',
    SeriesInstanceUID: uids.pdfSeries,
    SeriesNumber: 9905,
    SeriesDate: time.date,
    SeriesTime: time.time,
    SeriesDescription: title,
    ConversionType: 'WSD',
    InstanceNumber: 1,
    InstanceCreationDate: time.date,
    InstanceCreationTime: time.time,
    ContentDate: time.date,
    ContentTime: time.time,
    AcquisitionDateTime: null,
    // What is burned into the radiograph is in the PDF too; a source that does not say so may have it.
    BurnedInAnnotation: 'YES',
    ...copied(source, ['BurnedInAnnotation']),
    RecognizableVisualFeatures: 'NO',
    SourceInstanceSequence: [referencedSop(referenceTo(image))],
    DocumentTitle: title,
    ConceptNameCodeSequence: [codeItem(Concept.DiagnosticImagingReport)],
    MIMETypeOfEncapsulatedDocument: 'application/pdf',
    EncapsulatedDocumentLength: pdf.length,
    EncapsulatedDocument: pdf,
  }
}
