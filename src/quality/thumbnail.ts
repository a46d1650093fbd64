import { type Radiograph, storedRange } from '../dicom/radiograph.ts'
import { rowStep } from '../dicom/sampling-step.ts'
import { columnSums } from './pixel-rows.ts'

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

/** Where one of so many cells begins. */
const beginOf = (cell: number, cells: number, length: number): number => Math.ceil((cell * length) / cells)

/** Means of cells of about equal size, of every so many rows of a large image; brightness by Photometric Interpretation. */
function shrink(radiograph: Radiograph): Grid {
  const { photometric } = radiograph
  const rows = Math.min(COARSE, radiograph.rows)
  const columns = Math.min(COARSE, radiograph.columns)
  const [least, most] = storedRange(radiograph)
  const values = new Float64Array(rows * columns)
  // No cell is without a row.
  const step = Math.min(rowStep(radiograph), Math.floor(radiograph.rows / rows))
  const sumsOf = columnSums(radiograph)
  for (let row = 0; row < rows; row++) {
    const end = beginOf(row + 1, rows, radiograph.rows)
    const from = Math.ceil(beginOf(row, rows, radiograph.rows) / step) * step
    const sums = sumsOf({ from, end, step })
    const summed = Math.ceil((end - from) / step)
    for (let cell = 0; cell < columns; cell++) {
      const [left, right] = [beginOf(cell, columns, radiograph.columns), beginOf(cell + 1, columns, radiograph.columns)]
      let sum = 0
      for (let column = left; column < right; column++) sum += sums[column] ?? 0
      const share = (sum / (summed * (right - left)) - least) / (most - least)
      values[row * columns + cell] = photometric === 'MONOCHROME1' ? 1 - share : share
    }
  }
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
  // Every fifth cell, of all columns, tells what they spread.
  const some = Float64Array.from({ length: Math.ceil(values.length / 5) }, (_, i) => values[5 * i] ?? 0)
  const least = 0.15 * spread(some)
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
