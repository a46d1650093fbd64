import type { HeatMap } from '../study/finding.ts'
import type { Crop } from './prepare-tensor.ts'

type Grid = { readonly rows: number; readonly columns: number }

/**
 * Where the output pixels from `begin` to `end` read along one axis: between cells `low` and `high`; the others lie outside
 * the crop.
 */
type Readings = {
  readonly begin: number
  readonly end: number
  readonly low: Int32Array
  readonly high: Int32Array
  readonly fraction: Float64Array
}

function readings(output: number, input: number, start: number, side: number, cells: number): Readings {
  const low = new Int32Array(output)
  const high = new Int32Array(output)
  const fraction = new Float64Array(output)
  let [begin, end] = [output, 0]
  for (let index = 0; index < output; index++) {
    const place = ((index + 0.5) * input) / output - start
    if (place >= 0 && place < side) {
      begin = Math.min(begin, index)
      end = index + 1
    }
    const cell = Math.min(cells - 1, Math.max(0, (place / side) * cells - 0.5))
    const below = Math.floor(cell)
    low[index] = below
    high[index] = Math.min(cells - 1, below + 1)
    fraction[index] = cell - below
  }
  return { begin: Math.min(begin, end), end, low, high, fraction }
}

/** A row of the map, `share` of the way from the one at `up` to that at `down`. */
function rowBetween(line: Float64Array, map: Float32Array, [up, down, share]: readonly [number, number, number]): void {
  for (let cell = 0; cell < line.length; cell++)
    line[cell] = (map[up + cell] ?? 0) * (1 - share) + (map[down + cell] ?? 0) * share
}

/** Writes one output row from `to` on; its hottest value, or the one so far. */
function writeRow(
  values: Float32Array,
  to: number,
  line: Float64Array,
  { begin, end, low, high, fraction }: Readings,
  hottest: number,
): number {
  for (let column = begin; column < end; column++) {
    const left = line[low[column] ?? 0] ?? 0
    const value = left + ((line[high[column] ?? 0] ?? 0) - left) * (fraction[column] ?? 0)
    values[to + column] = value
    if (value > hottest) hottest = value
  }
  return hottest
}

/**
 * A map of what the model saw (`height` × `width` cells over the crop) on the radiograph's grid, or on a coarser
 * `target` grid over the same picture: bilinear between half-pixel centres, zero outside the crop, 1 at the hottest point.
 */
export function mapBack(
  map: Float32Array,
  height: number,
  width: number,
  crop: Crop,
  radiograph: Grid,
  target: Grid = radiograph,
): HeatMap {
  const { rows, columns } = target
  const across = readings(columns, radiograph.columns, crop.left, crop.columns, width)
  const down = readings(rows, radiograph.rows, crop.top, crop.rows, height)
  const values = new Float32Array(rows * columns)
  const line = new Float64Array(width)
  let hottest = 0
  for (let row = down.begin; row < down.end; row++) {
    rowBetween(line, map, [(down.low[row] ?? 0) * width, (down.high[row] ?? 0) * width, down.fraction[row] ?? 0])
    hottest = writeRow(values, row * columns, line, across, hottest)
  }
  if (hottest === 0) return { rows, columns, values: values.fill(0), empty: true }
  for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) / hottest
  return { rows, columns, values, empty: false }
}
