import { type Drawing, type Lines, type Rectangle, rgbOf } from './drawing.ts'
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

function paintBox({ rows, columns, rgb }: RgbImage, { x, y, width, height }: Rectangle, colour: Rgb): void {
  const [right, bottom] = [Math.min(columns, x + width), Math.min(rows, y + height)]
  const first = Math.max(0, Math.floor(x))
  for (let row = Math.max(0, Math.floor(y)); row < bottom; row++) {
    const share = within(row, y, bottom)
    for (let column = first; column < right; column++)
      cover(rgb, (row * columns + column) * 3, share * within(column, x, right), colour)
  }
}

/** Whole pixels. */
type Area = { readonly top: number; readonly left: number; readonly bottom: number; readonly right: number }

/** The pixels of an area that lines with so much to each side may touch. */
function touched(
  lines: Float64Array,
  from: number,
  to: number,
  reach: number,
  { top, left, bottom, right }: Area,
): Area {
  let [minX, maxX, minY, maxY] = [right, left, bottom, top]
  for (let i = from; i < to; i += 2) {
    const [x, y] = [lines[i] ?? 0, lines[i + 1] ?? 0]
    if (x < minX) minX = x
    if (x > maxX) maxX = x
    if (y < minY) minY = y
    if (y > maxY) maxY = y
  }
  return {
    top: Math.max(top, Math.floor(minY - reach)),
    left: Math.max(left, Math.floor(minX - reach)),
    bottom: Math.min(bottom, Math.ceil(maxY + reach)),
    right: Math.min(right, Math.ceil(maxX + reach)),
  }
}

/** Round at their ends and where they meet: a pixel is covered by how near its centre is to the nearest of them. */
function paintLines(page: RgbImage, { lines, width }: Lines, colour: Rgb): void {
  if (lines.length === 0) return
  const reach = width / 2 + 0.5
  const whole = { top: 0, left: 0, bottom: page.rows, right: page.columns }
  const area = touched(lines, 0, lines.length, reach, whole)
  const across = area.right - area.left
  const shares = new Uint8Array(Math.max(0, across * (area.bottom - area.top)))
  for (let i = 0; i < lines.length; i += 4) shareLine(shares, area, lines, i, reach)
  for (let i = 0; i < shares.length; i++) {
    const share = shares[i] ?? 0
    if (share === 0) continue
    const row = area.top + Math.floor(i / across)
    cover(page.rgb, (row * page.columns + area.left + (i % across)) * 3, share / 255, colour)
  }
}

function shareLine(shares: Uint8Array, area: Area, lines: Float64Array, at: number, reach: number): void {
  const { top, left, bottom, right } = touched(lines, at, at + 4, reach, area)
  const [x, y] = [lines[at] ?? 0, lines[at + 1] ?? 0]
  const [dx, dy] = [(lines[at + 2] ?? 0) - x, (lines[at + 3] ?? 0) - y]
  const squared = dx * dx + dy * dy || 1
  for (let row = top; row < bottom; row++) {
    const line = (row - area.top) * (area.right - area.left) - area.left
    const down = row + 0.5 - y
    for (let column = left; column < right; column++) {
      const over = column + 0.5 - x
      const along = (over * dx + down * dy) / squared
      const near = Math.min(1, Math.max(0, along))
      const off = (over - near * dx) ** 2 + (down - near * dy) ** 2
      if (off >= reach * reach) continue
      const share = 255 * Math.min(1, reach - Math.sqrt(off))
      if (share > (shares[line + column] ?? 0)) shares[line + column] = share
    }
  }
}
