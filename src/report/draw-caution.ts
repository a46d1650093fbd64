import type { ModelIdentity } from '../study/finding.ts'
import { BOLD, drawText, fitted } from './draw-text.ts'
import { Colour, type Drawing, fill } from './drawing.ts'
import { DEMONSTRATION, RESEARCH_USE } from './wording.ts'

/** Something drawn across a page, `height` pixels high. */
export type Band = { readonly drawing: Drawing; readonly height: number }

function strip(text: string, y: number, columns: number, unit: number, background: string, colour: string): Drawing {
  const style = fitted(text, { size: unit * 1.45, colour, weight: BOLD }, columns - 4 * unit)
  const baseLine = y + (STRIP * unit + style.size) / 2
  return [
    ...fill({ x: 0, y, width: columns, height: STRIP * unit }, background),
    ...drawText(text, { x: columns / 2, y: baseLine, anchor: 'middle' }, style),
  ]
}

/** Height of one strip in units; a unit is a hundredth of the page's width. */
const STRIP = 3.4

/** The strips on top of every page that no one can miss. */
export function drawCautions(model: ModelIdentity, columns: number, unit: number): Band {
  const research = strip(RESEARCH_USE, 0, columns, unit, Colour.caution, Colour.onCaution)
  if (!model.demonstration) return { drawing: research, height: STRIP * unit }
  const second = strip(DEMONSTRATION, STRIP * unit, columns, unit, Colour.demonstration, Colour.text)
  return { drawing: [...research, ...second], height: 2 * STRIP * unit }
}
