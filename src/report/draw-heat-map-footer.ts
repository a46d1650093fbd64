import type { HeatMap, ModelIdentity } from '../study/finding.ts'
import { blended } from './colour-map.ts'
import { BOLD, drawText, fitted, type TextStyle } from './draw-text.ts'
import { Colour, type Drawing, fill, type Rectangle, strokeLine } from './drawing.ts'
import type { Explanation } from './result-input.ts'
import { EXPLANATION_NAME, modelText, NO_LOCALISATION, NOT_EXTENT, NOT_REVIEWED } from './wording.ts'

/** In hundredths of the page's width. */
export const FOOTER_UNITS = 12
const BAR_STEPS = 100
/** The grey under the colour bar: that of lung and soft tissue, so that the bar shows the colours as they appear. */
const BAR_GREY = 110

const hex = (rgb: readonly number[]) => `#${rgb.map((value) => value.toString(16).padStart(2, '0')).join('')}`

function colourBar({ x, y, width, height }: Rectangle): Drawing {
  const step = width / BAR_STEPS
  return Array.from({ length: BAR_STEPS }, (_, i) => {
    const colour = hex(blended(BAR_GREY, (i + 0.5) / BAR_STEPS))
    // A little wider than its step, or the page shows through between two.
    return fill({ x: x + i * step, y, width: i < BAR_STEPS - 1 ? step + 0.6 : step, height }, colour)
  }).flat()
}

function legend(explanation: Explanation, box: Rectangle, unit: number, small: TextStyle): Drawing {
  const left = box.x + 2.5 * unit
  const bar = { x: left, y: box.y + 4.3 * unit, width: 40 * unit, height: 1.7 * unit }
  const below = bar.y + bar.height
  const ticks = [0, 50, 100].flatMap((percent) => {
    const x = bar.x + (percent / 100) * bar.width
    const anchor = percent === 0 ? 'start' : percent === 100 ? 'end' : 'middle'
    return [
      ...strokeLine([x, bar.y - 0.3 * unit], [x, below + 0.5 * unit], Colour.text, 2),
      ...drawText(String(percent), { x, y: below + 2.3 * unit, anchor }, small),
    ]
  })
  const title = `${EXPLANATION_NAME[explanation]}, % of this map's maximum`
  const outline = 'white outline: largest part at 50 or more'
  return [
    ...drawText(title, { x: left, y: box.y + 3 * unit }, small),
    ...colourBar(bar),
    ...ticks,
    ...drawText(outline, { x: left, y: below + 4.9 * unit }, fitted(outline, small, bar.width)),
  ]
}

function noLocalisation(box: Rectangle, unit: number, small: TextStyle): Drawing {
  const left = box.x + 2.5 * unit
  const notice = { ...small, size: 2 * unit, colour: Colour.caution, weight: BOLD }
  return [
    ...drawText(NO_LOCALISATION.toUpperCase(), { x: left, y: box.y + 3.6 * unit }, notice),
    ...drawText("The model's map for this finding", { x: left, y: box.y + 6.6 * unit }, small),
    ...drawText('is empty: nothing is overlaid.', { x: left, y: box.y + 9 * unit }, small),
  ]
}

export type HeatMapFooter = {
  readonly model: ModelIdentity
  readonly map: HeatMap
  readonly explanation: Explanation
}

/** Colour bar, or that there is no localisation; and what made the page. */
export function drawHeatMapFooter({ model, map, explanation }: HeatMapFooter, box: Rectangle, unit: number): Drawing {
  const small: TextStyle = { size: 1.35 * unit, colour: Colour.muted }
  const bright: TextStyle = { ...small, colour: Colour.text, weight: 0.13 }
  const x = box.x + 49 * unit
  const width = 48.5 * unit
  const lines: readonly (readonly [string, TextStyle])[] = [
    ...(map.empty ? [] : NOT_EXTENT.map((text): readonly [string, TextStyle] => [text, bright])),
    [NOT_REVIEWED, bright],
    [modelText(model), small],
  ]
  return [
    ...fill(box, Colour.panel),
    ...(map.empty ? noLocalisation(box, unit, small) : legend(explanation, box, unit, small)),
    ...lines.flatMap(([text, style], i) =>
      drawText(text, { x, y: box.y + (3 + i * 2.5) * unit }, fitted(text, style, width)),
    ),
  ]
}
