import type { Analysis } from '../db/schema.ts'
import type { StudyView } from '../db/study-view.ts'
import type { Caveat } from '../study/caveat.ts'
import type { Finding } from '../study/finding.ts'
import { deliveriesText } from './deliveries-text.ts'
import { table } from './output.ts'

const percent = (fraction: number) => `${(fraction * 100).toFixed(1)} %`

/** Scores are normalised: 50 % is the operating point. They are no probabilities. */
export function findingsTable(findings: readonly Finding[]): string {
  const rows = [...findings]
    .sort((a, b) => b.score - a.score)
    .map((finding) => [
      finding.label,
      percent(finding.score),
      finding.positive ? 'AT OR ABOVE' : 'below',
      finding.output.toFixed(4),
      finding.operatingPoint.toFixed(4),
    ])
  return table(['finding', 'score', 'operating point (50 %)', 'model output', 'threshold'], rows)
}

export const caveatLines = (caveats: readonly Caveat[]): string[] =>
  caveats.map(({ code, text }) => `caveat     ${code}: ${text}`)

const analysisText = (analysis: Analysis) =>
  [
    `analysed image ${analysis.sopInstanceUid} (revision ${analysis.revision})`,
    `model ${analysis.modelId} ${analysis.modelVersion}`,
    ...caveatLines(analysis.caveats),
    '',
    findingsTable(analysis.findings),
  ].join('\n')

/** One study for people to read. */
export function studyText(view: StudyView): string {
  const { study, instances, analyses, results, deliveries } = view
  const reason = study.reasonCode ? [`reason     ${study.reasonCode}: ${study.reason ?? ''}`] : []
  const head = [
    `study      ${study.studyInstanceUid}`,
    `state      ${study.state}, revision ${study.revision}`,
    ...reason,
    `instances  ${instances.length}`,
  ]
  const [latest] = analyses
  const parts = [head.join('\n')]
  if (latest) parts.push(analysisText(latest))
  if (deliveries.length > 0) parts.push(deliveriesText(view))
  else if (results.length > 0) {
    const count = results.filter(({ alternativeOf }) => !alternativeOf).length
    parts.push(`${count} results, no destination is configured`)
  }
  return parts.join('\n\n')
}
