/** Where and how large something is on a page, in pixels. */
export type Rectangle = { readonly x: number; readonly y: number; readonly width: number; readonly height: number }

type Point = readonly [x: number, y: number]

/** Lines, round where they end and meet: of each x, y, x, y in pixels. With a rim around them: wider lines of its colour beneath. */
export type Lines = {
  readonly lines: Float64Array
  readonly width: number
  readonly colour: string
  readonly rim?: { readonly width: number; readonly colour: string }
}

/** Letters in a row: `x` is where the first begins, `y` their base line, `size` the height of a capital, `width` the strokes'. */
export type Letters = {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly size: number
  readonly width: number
  readonly colour: string
}

/** What is drawn on a page, the last on top. Colours are `#rrggbb`. */
export type Drawing = readonly (Lines | Letters | { readonly box: Rectangle; readonly colour: string })[]

export const Colour = {
  page: '#0d1114',
  panel: '#161c21',
  line: '#36424b',
  text: '#f2f5f7',
  muted: '#a3b1bb',
  caution: '#ffb81c',
  onCaution: '#151100',
  demonstration: '#7a2fb0',
  positive: '#ff8a3d',
  below: '#5b7f95',
} as const

export function rgbOf(colour: string): readonly [red: number, green: number, blue: number] {
  const value = Number.parseInt(colour.slice(1), 16)
  return [value >> 16, (value >> 8) & 255, value & 255]
}

export const fill = (box: Rectangle, colour: string): Drawing => [{ box, colour }]

/** A line that is level or upright, to the right or down, and cut square at its ends. */
export function strokeLine([x, y]: Point, [endX, endY]: Point, colour: string, width: number): Drawing {
  const level = { x, y: y - width / 2, width: endX - x, height: width }
  const upright = { x: x - width / 2, y, width, height: endY - y }
  return fill(y === endY ? level : upright, colour)
}
