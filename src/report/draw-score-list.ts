import type { Finding } from '../study/finding.ts'
import { drawScoreBar } from './draw-score.ts'
import { BOLD, drawText, fitted, type TextStyle } from './draw-text.ts'
import { Colour, type Drawing, fill, type Rectangle, strokeLine } from './drawing.ts'
import { displayName, OPERATING_POINT, positivesOf, scorePercent, sideText } from './wording.ts'

/** In hundredths of the page's width: the head of the list, one row, the gap between both sides. */
const HEAD = 4.6
const ROW = 3.3
const GAP = 1.6

/** Where the columns begin or end, in hundredths of the page's width from the list's left. */
const NAME_WIDTH = 22.5
const BAR = 23.5
const BAR_WIDTH = 16
const SCORE_END = 48.8
const SIDE_END = 61.5

function row(finding: Finding, x: number, y: number, unit: number): Drawing {
  const { positive } = finding
  const colour = positive ? Colour.text : Colour.muted
  const style: TextStyle = { size: 1.5 * unit, colour, weight: positive ? 0.15 : 0.11 }
  const sideStyle: TextStyle = positive
    ? { size: 1.15 * unit, colour: Colour.positive, weight: BOLD }
    : { size: 1.15 * unit, colour: Colour.muted }
  const name = displayName(finding.label)
  const base = y + 2.4 * unit
  const band = { x: x - unit, y: y + 0.15 * unit, width: (SIDE_END + 2) * unit, height: (ROW - 0.3) * unit }
  return [
    ...(positive ? fill(band, '#3a2417') : []),
    ...drawText(name, { x, y: base }, fitted(name, style, NAME_WIDTH * unit)),
    ...drawScoreBar(finding, { x: x + BAR * unit, y: y + 1.05 * unit, width: BAR_WIDTH * unit, height: 1.2 * unit }),
    ...drawText(`${scorePercent(finding)} %`, { x: x + SCORE_END * unit, y: base, anchor: 'end' }, style),
    ...drawText(sideText(finding), { x: x + SIDE_END * unit, y: base - 0.15 * unit, anchor: 'end' }, sideStyle),
  ]
}

function head(x: number, y: number, unit: number): Drawing {
  const style: TextStyle = { size: 1.2 * unit, colour: Colour.muted }
  const base = y + 1.4 * unit
  const middle = x + (BAR + BAR_WIDTH / 2) * unit
  return [
    ...drawText('finding', { x, y: base }, style),
    ...drawText(OPERATING_POINT, { x: middle, y: base, anchor: 'middle' }, { ...style, colour: Colour.text }),
    ...drawText('score', { x: x + SCORE_END * unit, y: base, anchor: 'end' }, style),
    ...drawText('0', { x: x + BAR * unit, y: base + 2.1 * unit }, style),
    ...drawText('50', { x: middle, y: base + 2.1 * unit, anchor: 'middle' }, style),
    ...drawText('100', { x: x + (BAR + BAR_WIDTH) * unit, y: base + 2.1 * unit, anchor: 'end' }, style),
  ]
}

export const scoreListHeight = (findings: readonly Finding[], unit: number): number =>
  (HEAD + ROW * findings.length + GAP) * unit

/** All scores: those at or above the operating point first, highest on top, then the others in the model's order. */
export function drawScoreList(findings: readonly Finding[], box: Rectangle, unit: number): Drawing {
  const positives = positivesOf(findings)
  const others = findings.filter(({ positive }) => !positive)
  const first = box.y + HEAD * unit
  const second = first + (positives.length * ROW + (positives.length > 0 ? GAP : 0)) * unit
  const rule = second - (GAP / 2) * unit
  return [
    ...head(box.x, box.y, unit),
    ...positives.flatMap((finding, i) => row(finding, box.x, first + i * ROW * unit, unit)),
    ...(positives.length > 0 ? strokeLine([box.x, rule], [box.x + SIDE_END * unit, rule], Colour.line, 2) : []),
    ...others.flatMap((finding, i) => row(finding, box.x, second + i * ROW * unit, unit)),
  ]
}
