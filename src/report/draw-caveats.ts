import type { Caveat } from '../study/caveat.ts'
import type { Band } from './draw-caution.ts'
import { drawText, fitted, type TextStyle, wrapped } from './draw-text.ts'
import { Colour, fill } from './drawing.ts'
import { caveatText } from './wording.ts'

/** In hundredths of the page's width. */
const MARGIN = 2.5
const SIZE = 1.35
const PITCH = 2.4
const PADDING = 1.1

/** What a reader must know about the scores, across a page; nothing when there is nothing. */
export function drawCaveats(
  caveats: readonly Caveat[],
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
  unit: number,
): Band {
  const style: TextStyle = { size: SIZE * unit, colour: Colour.caution, weight: 0.13 }
  const room = width - 2 * MARGIN * unit
  const lines = caveats.flatMap((each) => wrapped(caveatText(each), style, room))
  if (lines.length === 0) return { drawing: [], height: 0 }
  const height = Math.round((lines.length * PITCH + 2 * PADDING) * unit)
  const written = lines.flatMap((line, i) => {
    const base = y + (PADDING + SIZE + i * PITCH + 0.4) * unit
    return drawText(line, { x: x + MARGIN * unit, y: base }, fitted(line, style, room))
  })
  return { drawing: [...fill({ x, y, width, height }, Colour.panel), ...written], height }
}
