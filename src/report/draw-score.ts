import type { Finding } from '../study/finding.ts'
import { Colour, type Drawing, fill, type Rectangle, strokeLine } from './drawing.ts'

/** A bar from 0 to 100 % of the normalised score with the operating point, always 50 %, marked across it. */
export function drawScoreBar({ score, positive }: Finding, box: Rectangle): Drawing {
  const { x, y, width, height } = box
  const length = Math.min(Math.max(score, 0), 1) * width
  const over = height * 0.35
  const middle = x + width / 2
  return [
    ...fill(box, Colour.line),
    ...fill({ x, y, width: length, height }, positive ? Colour.positive : Colour.below),
    ...strokeLine([middle, y - over], [middle, y + height + over], Colour.text, Math.max(2, height * 0.16)),
  ]
}
