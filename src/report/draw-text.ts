import type { Drawing } from './drawing.ts'
import { CAP_HEIGHT, type Glyph, glyphOf } from './stroke-font.ts'

/** `size` is the height of a capital letter in pixels, `weight` the stroke's share of it. */
export type TextStyle = { readonly size: number; readonly colour: string; readonly weight?: number }
/** `y` is the base line; `x` is where the text begins, or its middle or end. */
export type TextPlace = { readonly x: number; readonly y: number; readonly anchor?: 'start' | 'middle' | 'end' }

export const BOLD = 0.17
const REGULAR = 0.11
/** Between two characters, in the font's units; a bold stroke eats some of it. */
const SPACING = 3.1

const spacing = (weight = REGULAR) => SPACING + (weight - REGULAR) * CAP_HEIGHT

/** Pixels from where a letter begins to where the next one does. */
export const advance = ({ width }: Glyph, size: number, stroke: number): number =>
  ((width + spacing(stroke / size)) * size) / CAP_HEIGHT

/** Pixels from the first stroke's left to the last one's right. */
export function textWidth(text: string, { size, weight }: Omit<TextStyle, 'colour'>): number {
  const widths = [...text].reduce((sum, character) => sum + glyphOf(character).width, 0)
  return ((widths + spacing(weight) * Math.max(0, text.length - 1)) * size) / CAP_HEIGHT
}

/** One line of text, in the node's own letters: no font is asked for. */
export function drawText(text: string, { x, y, anchor = 'start' }: TextPlace, style: TextStyle): Drawing {
  const { size, colour, weight = REGULAR } = style
  const begin = x - textWidth(text, style) * { start: 0, middle: 0.5, end: 1 }[anchor]
  return [{ text, x: begin, y, size, width: weight * size, colour }]
}

/** The style, smaller where the text would be wider than `width` pixels. */
export function fitted<Style extends TextStyle>(text: string, style: Style, width: number): Style {
  const needed = textWidth(text, style)
  return needed <= width ? style : { ...style, size: (style.size * width) / needed }
}

/** Lines of at most `width` pixels, broken at spaces; a single longer word stays whole. */
export function wrapped(text: string, style: TextStyle, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)
    if (last !== undefined && textWidth(`${last} ${word}`, style) <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
