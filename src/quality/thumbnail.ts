import { type Radiograph, storedRange } from '../dicom/radiograph.ts'
import { samplingStep } from './sampling-step.ts'

/** A radiograph small and without its shutters, by what Photometric Interpretation says: 0 dark to 1 bright. */
export type Thumbnail = {
  readonly side: number
  /** side × side, row by row. */
  readonly values: Float64Array
}

/** Cells along one side of what the frontal check looks at. */
export const THUMBNAIL_SIDE = 32

type Grid = { readonly rows: number; readonly columns: number; readonly values: Float64Array }
type Span = { readonly from: number; readonly to: number }

/** Long enough for what is looked at, short enough that noise and marks are averaged away. */
const COARSE = 96

/** Means of cells of about equal size; brightness by Photometric Interpretation. */
function shrink(radiograph: Radiograph): Grid {
  const { pixels, photometric } = radiograph
  const rows = Math.min(COARSE, radiograph.rows)
  const columns = Math.min(COARSE, radiograph.columns)
  const [least, most] = storedRange(radiograph)
  const sums = new Float64Array(rows * columns)
  const counts = new Float64Array(rows * columns)
  const step = samplingStep(radiograph)
  /** Where the columns of each cell begin, of those that are looked at. */
  const begins = Array.from(
    { length: columns + 1 },
    (_, cell) => Math.ceil(Math.ceil((cell * radiograph.columns) / columns) / step) * step,
  )
  for (let y = 0; y < radiograph.rows; y += step) {
    const base = Math.floor((y * rows) / radiograph.rows) * columns
    const line = y * radiograph.columns
    for (let cell = 0; cell < columns; cell++) {
      const [from, to] = [begins[cell] ?? 0, Math.min(begins[cell + 1] ?? 0, radiograph.columns)]
      let sum = 0
      for (let x = from; x < to; x += step) sum += pixels[line + x] ?? 0
      sums[base + cell] = (sums[base + cell] ?? 0) + sum
      counts[base + cell] = (counts[base + cell] ?? 0) + Math.ceil((to - from) / step)
    }
  }
  const values = sums.map((sum, i) => {
    const share = (sum / Math.max(1, counts[i] ?? 0) - least) / (most - least)
    return photometric === 'MONOCHROME1' ? 1 - share : share
  })
  return { rows, columns, values }
}

/** Lines at both ends that are the same all along are shutters or an empty margin. */
function trim(count: number, spreadOf: (line: number) => number, least: number): Span {
  let from = 0
  let to = count
  const most = Math.floor(count * 0.35)
  while (from < most && spreadOf(from) < least) from++
  while (count - to < most && spreadOf(to - 1) < least) to--
  return { from, to }
}

function spread(values: Float64Array): number {
  const sorted = values.toSorted()
  return (sorted[Math.floor(sorted.length * 0.95)] ?? 0) - (sorted[Math.floor(sorted.length * 0.05)] ?? 0)
}

/** The radiograph on side × side cells, stretched to fill them. */
export function thumbnailOf(radiograph: Radiograph, side: number): Thumbnail {
  const grid = shrink(radiograph)
  const { rows, columns, values } = grid
  const least = 0.15 * spread(values)
  const row = (y: number) => values.subarray(y * columns, (y + 1) * columns)
  const down = trim(rows, (y) => spread(row(y)), least)
  const column = (x: number) =>
    Float64Array.from({ length: down.to - down.from }, (_, i) => values[(down.from + i) * columns + x] ?? 0)
  const across = trim(columns, (x) => spread(column(x)), least)
  return { side, values: resample(grid, down, across, side) }
}

/** Bilinear. */
function resample({ columns, values }: Grid, down: Span, across: Span, side: number): Float64Array {
  const place = ({ from, to }: Span, i: number) =>
    from + Math.min(to - from - 1, Math.max(0, ((i + 0.5) * (to - from)) / side - 0.5))
  return Float64Array.from({ length: side * side }, (_, i) => {
    const [y, x] = [place(down, Math.floor(i / side)), place(across, i % side)]
    const [top, left] = [Math.floor(y), Math.floor(x)]
    const at = (r: number, c: number) => values[Math.min(down.to - 1, r) * columns + Math.min(across.to - 1, c)] ?? 0
    const upper = at(top, left) * (left + 1 - x) + at(top, left + 1) * (x - left)
    const lower = at(top + 1, left) * (left + 1 - x) + at(top + 1, left + 1) * (x - left)
    return upper * (top + 1 - y) + lower * (y - top)
  })
}
