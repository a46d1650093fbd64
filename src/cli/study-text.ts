import type { Analysis, Delivery, Result } from '../db/schema.ts'
import type { StudyView } from '../db/study-view.ts'
import { statusCode } from '../dimse/status.ts'
import type { Caveat } from '../study/caveat.ts'
import type { Finding } from '../study/finding.ts'
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

function deliveriesTable(results: readonly Result[], deliveries: readonly Delivery[]): string {
  const byId = new Map(results.map((result) => [result.id, result]))
  const rows = deliveries.map((delivery) => {
    const result = byId.get(delivery.resultId)
    return [
      delivery.destination,
      `${result?.kind ?? ''} ${result?.label ?? ''}`.trim(),
      delivery.state,
      delivery.status === null ? '' : statusCode(delivery.status),
      String(delivery.attempts),
      [delivery.reasonCode, delivery.comment].filter((words) => words !== null).join(': '),
    ]
  })
  return table(['destination', 'result', 'state', 'status', 'attempts', 'reason'], rows)
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
export function studyText({ study, instances, analyses, results, deliveries }: StudyView): string {
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
  if (deliveries.length > 0) parts.push(deliveriesTable(results, deliveries))
  else if (results.length > 0) {
    const count = results.filter(({ alternativeOf }) => !alternativeOf).length
    parts.push(`${count} results, no destination is configured`)
  }
  return parts.join('\n\n')
}
