import type { Analysis, HeatMapRow } from '../db/schema.ts'
import type { StudyView } from '../db/study-view.ts'
import type { Caveat } from '../study/caveat.ts'
import type { Finding } from '../study/finding.ts'
import type { Unscored } from '../study/unscored.ts'
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

/** A NumPy file each, in results/ under storage.directory. */
const mapLines = (maps: readonly HeatMapRow[]): string[] =>
  maps.map(({ label, method, rows, columns, empty, file }) => {
    const of = label ?? 'all findings together'
    return `heat map   ${of}, ${method}, ${rows} x ${columns}${empty ? ', no localisation' : ''}: results/${file}`
  })

export const caveatLines = (caveats: readonly Caveat[]): string[] =>
  caveats.map(({ code, text }) => `caveat     ${code}: ${text}`)

const unscoredLine = ({ modelId, modelVersion, outcome, code, reason }: Unscored) =>
  `not scored by ${modelId} ${modelVersion}: ${outcome}, ${code}: ${reason}`

const analysisText = (analysis: Analysis, maps: readonly HeatMapRow[]) =>
  [
    `analysed image ${analysis.sopInstanceUid} (revision ${analysis.revision})`,
    `model ${analysis.modelId} ${analysis.modelVersion}`,
    ...caveatLines(analysis.caveats),
    '',
    findingsTable(analysis.findings),
    ...mapLines(maps.filter(({ analysisId }) => analysisId === analysis.id)),
  ].join('\n')

function removedText(instances: StudyView['instances']): string {
  const removed = instances.filter(({ removedAt }) => removedAt !== null)
  const [last] = removed.map(({ removedAt }) => Number(removedAt)).sort((a, b) => b - a)
  if (last === undefined) return ''
  const at = new Date(last).toISOString().slice(0, 10)
  return `, of which ${removed.length === instances.length ? 'all' : removed.length} left by age, ${at} (retention.pixels)`
}

/** One study for people to read. */
export function studyText(view: StudyView): string {
  const { study, instances, analyses, heatMaps, results, deliveries } = view
  const reason = study.reasonCode ? [`reason     ${study.reasonCode}: ${study.reason ?? ''}`] : []
  const head = [
    `study      ${study.studyInstanceUid}`,
    `state      ${study.state}, revision ${study.revision}`,
    ...reason,
    ...study.unscored.map(unscoredLine),
    `instances  ${instances.length}${removedText(instances)}`,
  ]
  const last = analyses.filter(({ current }) => current)
  const parts = [head.join('\n')]
  for (const analysis of last) parts.push(analysisText(analysis, heatMaps))
  if (deliveries.length > 0) parts.push(deliveriesText(view))
  else if (results.length > 0) {
    const count = results.filter(({ alternativeOf }) => !alternativeOf).length
    parts.push(`${count} results, no destination is configured`)
  }
  return parts.join('\n\n')
}
