import { type Drawing, type Letters, type Lines, type Rectangle, rgbOf } from './drawing.ts'
import { letterMasks } from './letter-masks.ts'
import { type Area, type Coverage, coveragesBy, shared, touchedBy } from './nearest-lines.ts'
import type { RgbImage } from './page.ts'

type Rgb = readonly [red: number, green: number, blue: number]

/** Draws on a page, one shape over the other. */
export function paint(page: RgbImage, drawing: Drawing): void {
  for (const shape of drawing) {
    if ('box' in shape) paintBox(page, shape.box, rgbOf(shape.colour))
    else if ('text' in shape) paintLetters(page, shape, rgbOf(shape.colour))
    else paintLines(page, shape)
  }
}

const whole = ({ rows, columns }: RgbImage): Area => ({ top: 0, left: 0, bottom: rows, right: columns })

/** Pixel `at` becomes the colour, as far as `share` (0 to 1) of it is covered. */
function blend(rgb: Uint8Array, at: number, share: number, [red, green, blue]: Rgb): void {
  rgb[at] = (rgb[at] ?? 0) * (1 - share) + red * share + 0.5
  rgb[at + 1] = (rgb[at + 1] ?? 0) * (1 - share) + green * share + 0.5
  rgb[at + 2] = (rgb[at + 2] ?? 0) * (1 - share) + blue * share + 0.5
}

/** How much of pixel `at` along one axis lies between two ends. */
const within = (at: number, from: number, to: number): number => Math.min(at + 1, to) - Math.max(at, from)

function paintBox(page: RgbImage, { x, y, width, height }: Rectangle, colour: Rgb): void {
  const { rows, columns, rgb } = page
  const [left, top] = [Math.max(0, x), Math.max(0, y)]
  const [right, bottom] = [Math.min(columns, x + width), Math.min(rows, y + height)]
  const inner = wholeWithin(left, right)
  const line = repeated(colour, inner.end - inner.begin)
  for (let row = Math.floor(top); row < bottom; row++) {
    const share = within(row, top, bottom)
    const begin = row * columns
    const isWhole = share === 1 && line.length > 0
    if (isWhole) rgb.set(line, (begin + inner.begin) * 3)
    for (let column = Math.floor(left); column < right; column++) {
      if (isWhole && column === inner.begin) column = inner.end
      if (column < right) blend(rgb, (begin + column) * 3, share * within(column, left, right), colour)
    }
  }
}

/** The pixels along one axis that lie between two ends as a whole. */
function wholeWithin(from: number, to: number): { readonly begin: number; readonly end: number } {
  const begin = Math.ceil(from)
  return { begin, end: Math.max(begin, Math.floor(to)) }
}

/** So many pixels of one colour. */
function repeated([red, green, blue]: Rgb, pixels: number): Uint8Array {
  const line = new Uint8Array(pixels * 3)
  for (let at = 0; at < line.length; at += 3) {
    line[at] = red
    line[at + 1] = green
    line[at + 2] = blue
  }
  return line
}

/** Lines are painted in squares of so many pixels, and only those squares that they touch: most of an outline's box is empty. */
const SQUARE = 32

/** The lines that touch each square of a page, by the square's place. */
function bySquare(lines: Float64Array, width: number, page: RgbImage): Map<number, number[]> {
  const across = Math.ceil(page.columns / SQUARE)
  const squares = new Map<number, number[]>()
  for (let i = 0; i < lines.length; i += 4) {
    const line = lines.subarray(i, i + 4)
    const { top, left, bottom, right } = shared(touchedBy(line, width), whole(page))
    if (top >= bottom || left >= right) continue
    for (let row = Math.floor(top / SQUARE); row * SQUARE < bottom; row++)
      for (let column = Math.floor(left / SQUARE); column * SQUARE < right; column++) {
        const place = row * across + column
        squares.set(place, [...(squares.get(place) ?? []), ...line])
      }
  }
  return squares
}

function paintLines(page: RgbImage, { lines, rim, ...inner }: Lines): void {
  const strokes = [...(rim ? [rim] : []), inner].map(({ width, colour }) => ({ width, colour: rgbOf(colour) }))
  const widths = strokes.map(({ width }) => width)
  const widest = Math.max(...widths)
  const across = Math.ceil(page.columns / SQUARE)
  for (const [place, own] of bySquare(lines, widest, page)) {
    const [top, left] = [Math.floor(place / across) * SQUARE, (place % across) * SQUARE]
    const square = shared({ top, left, bottom: top + SQUARE, right: left + SQUARE }, whole(page))
    const near = Float64Array.from(own)
    const area = shared(touchedBy(near, widest), square)
    for (const [i, coverage] of coveragesBy(near, widths, area).entries())
      cover(page, coverage, { down: 0, across: 0 }, strokes[i]?.colour ?? [0, 0, 0])
  }
}

function paintLetters(page: RgbImage, letters: Letters, colour: Rgb): void {
  for (const { coverage, down, across } of letterMasks(letters)) cover(page, coverage, { down, across }, colour)
}

/** Covers what lies on the page of pixels that are moved by so many. */
function cover(
  { rows, columns, rgb }: RgbImage,
  covered: Coverage,
  { down, across }: { readonly down: number; readonly across: number },
  [red, green, blue]: Rgb,
): void {
  for (let i = 0; i < covered.shares.length; i++) {
    const row = (covered.rows[i] ?? 0) + down
    const column = (covered.columns[i] ?? 0) + across
    if (row < 0 || row >= rows || column < 0 || column >= columns) continue
    const at = (row * columns + column) * 3
    const share = (covered.shares[i] ?? 0) / 255
    rgb[at] = (rgb[at] ?? 0) * (1 - share) + red * share + 0.5
    rgb[at + 1] = (rgb[at + 1] ?? 0) * (1 - share) + green * share + 0.5
    rgb[at + 2] = (rgb[at + 2] ?? 0) * (1 - share) + blue * share + 0.5
  }
}
