import type { Finding } from '../study/finding.ts'
import { drawScoreBar } from './draw-score.ts'
import { BOLD, drawText, fitted, type TextStyle } from './draw-text.ts'
import { Colour, type Drawing, fill, type Rectangle } from './drawing.ts'
import { COMBINED, displayName, OPERATING_POINT, scorePercent, sideText } from './wording.ts'

/** In hundredths of the page's width. */
export const HEADER_UNITS = 11

/** Which findings the page shows together, above the radiograph. */
export function drawCombinedHeader(findings: readonly Finding[], box: Rectangle, unit: number): Drawing {
  const names = findings.map(({ label }) => displayName(label)).join(', ')
  const title: TextStyle = { size: 2.3 * unit, colour: Colour.text, weight: BOLD }
  const listed: TextStyle = { size: 1.6 * unit, colour: Colour.positive, weight: 0.14 }
  const left = box.x + 2.5 * unit
  const width = box.width - 5 * unit
  return [
    ...fill(box, Colour.panel),
    ...drawText(COMBINED, { x: left, y: box.y + 4.6 * unit }, fitted(COMBINED, title, width)),
    ...drawText(names, { x: left, y: box.y + 8.6 * unit }, fitted(names, listed, width)),
  ]
}

/** Finding and score above the radiograph. */
export function drawHeatMapHeader(finding: Finding, box: Rectangle, unit: number): Drawing {
  const name = displayName(finding.label)
  const title = fitted(name, { size: 2.7 * unit, colour: Colour.text, weight: BOLD }, 54 * unit)
  const small: TextStyle = { size: 1.35 * unit, colour: Colour.muted }
  const right = box.x + box.width - 2.5 * unit
  const left = box.x + 2.5 * unit
  const score = { size: 2.7 * unit, colour: finding.positive ? Colour.positive : Colour.text, weight: BOLD }
  const side = `${sideText(finding)} operating point`
  const bar = { x: right - 36 * unit, y: box.y + 6.1 * unit, width: 36 * unit, height: 1 * unit }
  const upper = box.y + 5 * unit
  const lower = box.y + 9.4 * unit
  return [
    ...fill(box, Colour.panel),
    ...drawText(name, { x: left, y: upper }, title),
    ...drawText(
      side,
      { x: left, y: lower - 0.6 * unit },
      { ...small, size: 1.6 * unit, colour: score.colour, weight: 0.14 },
    ),
    ...drawText('score', { x: bar.x, y: upper }, { ...small, size: 1.6 * unit }),
    ...drawText(`${scorePercent(finding)} %`, { x: right, y: upper, anchor: 'end' }, score),
    ...drawScoreBar(finding, bar),
    ...drawText('0', { x: bar.x, y: lower }, small),
    ...drawText(OPERATING_POINT, { x: bar.x + bar.width / 2, y: lower, anchor: 'middle' }, small),
    ...drawText('100', { x: right, y: lower, anchor: 'end' }, small),
  ]
}
