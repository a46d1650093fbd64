import { QUALITY_REASONS, type Verdict } from '../study/quality.ts'
import { table } from './output.ts'

const figure = (value: number | undefined) => (value === undefined ? '' : String(Number(value.toPrecision(4))))

/** What each quality check said of an image. */
export function qualityTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ check, outcome, measured, limit }) => [
    check,
    outcome,
    outcome === 'declined' || outcome === 'caveat' ? QUALITY_REASONS[check] : '',
    figure(measured),
    figure(limit),
  ])
  return table(['quality check', 'outcome', 'reason', 'measured', 'limit'], rows)
}
