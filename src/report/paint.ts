import { type Drawing, type Lines, type Rectangle, rgbOf } from './drawing.ts'
import { type Area, type Nearest, nearest } from './nearest-lines.ts'
import type { RgbImage } from './page.ts'

type Rgb = readonly [red: number, green: number, blue: number]

/** Draws on a page, one shape over the other. */
export function paint(page: RgbImage, drawing: Drawing): void {
  for (const shape of drawing) {
    if ('box' in shape) paintBox(page, shape.box, rgbOf(shape.colour))
    else paintLines(page, shape, rgbOf(shape.colour))
  }
}

/** Pixel `at` becomes the colour, as far as `share` (0 to 1) of it is covered. */
function cover(rgb: Uint8Array, at: number, share: number, [red, green, blue]: Rgb): void {
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
  const whole = wholeWithin(left, right)
  const line = repeated(colour, whole.end - whole.begin)
  for (let row = Math.floor(top); row < bottom; row++) {
    const share = within(row, top, bottom)
    const begin = row * columns
    const isWhole = share === 1 && line.length > 0
    if (isWhole) rgb.set(line, (begin + whole.begin) * 3)
    for (let column = Math.floor(left); column < right; column++) {
      if (isWhole && column === whole.begin) column = whole.end
      if (column < right) cover(rgb, (begin + column) * 3, share * within(column, left, right), colour)
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

/** The pixels of a page that lines with so much to each side may touch. */
function touched(lines: Float64Array, reach: number, { rows, columns }: RgbImage): Area {
  let minX = columns
  let maxX = 0
  let minY = rows
  let maxY = 0
  for (let i = 0; i < lines.length; i += 2) {
    const x = lines[i] ?? 0
    const y = lines[i + 1] ?? 0
    if (x < minX) minX = x
    if (x > maxX) maxX = x
    if (y < minY) minY = y
    if (y > maxY) maxY = y
  }
  return {
    top: Math.max(0, Math.floor(minY - reach)),
    left: Math.max(0, Math.floor(minX - reach)),
    bottom: Math.min(rows, Math.ceil(maxY + reach)),
    right: Math.min(columns, Math.ceil(maxX + reach)),
  }
}

/** So many rows of a drawing at a time: a line of text at once, an outline in bands. */
const BAND = 64

/** Round at their ends and where they meet: a pixel is covered by how near its centre is to the nearest of them. */
function paintLines(page: RgbImage, { lines, width }: Lines, colour: Rgb): void {
  const reach = width / 2 + 0.5
  const area = touched(lines, reach, page)
  if (area.right <= area.left) return
  for (let top = area.top; top < area.bottom; top += BAND)
    coverNear(page, nearest(lines, reach, { ...area, top, bottom: Math.min(area.bottom, top + BAND) }), colour)
}

/** Covers the pixels of an area that lines are within reach of. */
function coverNear(page: RgbImage, { area, squares, stride, reach }: Nearest, colour: Rgb): void {
  const { top, left, bottom, right } = area
  for (let row = top; row < bottom; row++) {
    let at = (row - top) * stride
    let to = (row * page.columns + left) * 3
    for (let column = left; column < right; column++, at++, to += 3) {
      const squared = squares[at] ?? 0
      if (squared >= reach * reach) continue
      const share = Math.trunc(255 * Math.min(1, reach - Math.sqrt(squared)))
      if (share > 0) cover(page.rgb, to, share / 255, colour)
    }
  }
}
