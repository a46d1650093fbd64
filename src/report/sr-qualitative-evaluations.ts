import type { DataSet } from '../dicom/data-set.ts'
import type { Caveat } from '../study/caveat.ts'
import type { Finding, FindingCodes, HeatMap, ModelIdentity } from '../study/finding.ts'
import { Concept } from './concepts.ts'
import { codeContent, codeItem, containerContent, textContent } from './content-item.ts'
import { codeOf } from './finding-codes.ts'
import type { Replaced } from './result-input.ts'
import { summaryLines } from './summary-lines.ts'
import { caveatText, NO_LOCALISATION, scoreSentence } from './wording.ts'

const evaluation = (finding: Finding, map: HeatMap | undefined): string =>
  finding.positive && (map?.empty ?? true) ? `${scoreSentence(finding)} - ${NO_LOCALISATION}` : scoreSentence(finding)

/** TID 1500 rows 12 to 14, PS3.16: every score as text, in the model's order. CODE and TEXT only. */
export function qualitativeEvaluations(
  findings: readonly Finding[],
  maps: ReadonlyMap<string, HeatMap>,
  caveats: readonly Caveat[],
  codes: FindingCodes,
  model: ModelIdentity,
  replaces: readonly Replaced[] = [],
): DataSet {
  const found = findings.some(({ positive }) => positive)
  return containerContent(Concept.QualitativeEvaluations, [
    codeContent(
      'CONTAINS',
      Concept.CadProcessingAndFindingsSummary,
      codeItem(found ? Concept.SucceededWithFindings : Concept.SucceededWithoutFindings),
    ),
    textContent('CONTAINS', Concept.Summary, summaryLines(findings, caveats, model, replaces).join('\r\n')),
    ...caveats.map((caveat) => textContent('CONTAINS', Concept.Comment, caveatText(caveat))),
    ...findings.map((finding) =>
      textContent('CONTAINS', codeOf(codes, finding.label).finding, evaluation(finding, maps.get(finding.label))),
    ),
  ])
}
