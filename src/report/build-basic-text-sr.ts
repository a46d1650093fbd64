import type { DataSet } from '../dicom/data-set.ts'
import { SopClass } from '../dicom/sop-classes.ts'
import { Concept } from './concepts.ts'
import { containerContent, textContent } from './content-item.ts'
import type { ResultInput, ResultOrigin } from './result-input.ts'
import { type PictureForm, resultUids } from './result-uids.ts'
import { sourceImage } from './source-image.ts'
import { srDocument } from './sr-document.ts'
import { language, observationContext } from './sr-observation-context.ts'
import { summaryLines } from './summary-lines.ts'
import { displayName, scoreSentence, srSeriesDescription } from './wording.ts'

/** Which document it is, and the lines of its only paragraph; the first are the cautions. */
export type BasicText = {
  readonly sopInstanceUid: string
  readonly seriesInstanceUid: string
  readonly seriesDescription: string
  readonly lines: readonly string[]
}

/**
 * A Basic Text SR, PS3.3 A.35.1, after TID 2000 (PS3.16), for archives that take nothing else: one paragraph, which
 * refers to no image (TID 2000 has no place for it beside text).
 * @throws Failure RESULT_INVALID
 */
export function basicTextSr(origin: ResultOrigin, text: BasicText): DataSet {
  const { lines, ...identity } = text
  const image = sourceImage(origin.source)
  return srDocument(origin, {
    ...identity,
    sopClassUid: SopClass.BasicTextSrStorage,
    title: Concept.DiagnosticImagingReport,
    template: '2000',
    content: [
      language(),
      ...observationContext(origin.source, image, origin.model, origin.node.name),
      containerContent(Concept.Findings, [textContent('CONTAINS', Concept.Finding, lines.join('\r\n'))]),
    ],
    references: [],
  })
}

/** Summary and all scores of one radiograph as text. @throws Failure RESULT_INVALID */
export function buildBasicTextSr(input: ResultInput, form: PictureForm): DataSet {
  const { findings, caveats, model, replaces } = input
  const uids = resultUids(input, form)
  return basicTextSr(input, {
    sopInstanceUid: uids.sr(SopClass.BasicTextSrStorage),
    seriesInstanceUid: uids.srSeries,
    seriesDescription: srSeriesDescription(model),
    lines: [
      ...summaryLines(findings, caveats, model, replaces),
      ...findings.map((finding) => `${displayName(finding.label)}: ${scoreSentence(finding)}`),
    ],
  })
}
