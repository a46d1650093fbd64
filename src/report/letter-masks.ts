import { advance } from './draw-text.ts'
import type { Letters } from './drawing.ts'
import { type Coverage, coverageBy, touchedBy } from './nearest-lines.ts'
import { CAP_HEIGHT, type Glyph, glyphOf } from './stroke-font.ts'

/** What a letter covers where it stands near the page's corner, and how far from there it is. */
export type LetterMask = { readonly coverage: Coverage; readonly down: number; readonly across: number }

/** Letters stand at whole parts of a pixel: pages have the same ones again and again. */
const PARTS = 4

/** So many of their pixels are kept, of letters of all sizes. */
const MOST = 2 ** 20

type Size = Pick<Letters, 'size' | 'width'>

/** By size and what is left of the base line's place; then by letter and what is left of its own. */
const known = new Map<string, Map<number, Coverage>>()
let pixels = 0

function masksOf({ size, width }: Size, y: number): Map<number, Coverage> {
  if (pixels > MOST) {
    known.clear()
    pixels = 0
  }
  const name = `${size} ${width} ${y}`
  const masks = known.get(name) ?? new Map<number, Coverage>()
  known.set(name, masks)
  return masks
}

/** `x` and `y`: where it begins, and its base line, in parts of a pixel. */
function makeMask(glyph: Glyph, x: number, y: number, { size, width }: Size): Coverage {
  const scale = size / CAP_HEIGHT
  const lines = glyph.lines.map((each, i) => (i % 2 === 0 ? x / PARTS : y / PARTS - size) + each * scale)
  const { rows, columns, shares } = coverageBy(lines, width, touchedBy(lines, width))
  return { rows: rows.slice(), columns: columns.slice(), shares: shares.slice() }
}

/** Splits a place into whole pixels and the parts that are left. */
function placed(at: number): { readonly pixels: number; readonly parts: number } {
  const parts = Math.round(at * PARTS)
  const pixels = Math.floor(parts / PARTS)
  return { pixels, parts: parts - pixels * PARTS }
}

/** Of each letter that has any strokes. */
export function letterMasks(letters: Letters): LetterMask[] {
  const made: LetterMask[] = []
  const down = placed(letters.y)
  const masks = masksOf(letters, down.parts)
  let pen = letters.x
  for (const character of letters.text) {
    const glyph = glyphOf(character)
    const across = placed(pen)
    if (glyph.lines.length > 0) {
      const name = (character.codePointAt(0) ?? 0) * PARTS + across.parts
      const coverage = masks.get(name) ?? makeMask(glyph, across.parts, down.parts, letters)
      if (!masks.has(name)) pixels += coverage.shares.length
      masks.set(name, coverage)
      made.push({ coverage, down: down.pixels, across: across.pixels })
    }
    pen += advance(glyph, letters.size, letters.width)
  }
  return made
}
