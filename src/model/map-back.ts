import type { HeatMap } from '../study/finding.ts'
import type { Crop } from './prepare-tensor.ts'

type Grid = { readonly rows: number; readonly columns: number }

/** Where one output pixel reads along one axis: between `low` and `high`; undefined outside the crop. */
type Reading = { readonly low: number; readonly high: number; readonly fraction: number } | undefined

function readings(output: number, input: number, start: number, side: number, cells: number): Reading[] {
  return Array.from({ length: output }, (_, index) => {
    const position = ((index + 0.5) * input) / output - start
    if (position < 0 || position >= side) return undefined
    const cell = Math.min(cells - 1, Math.max(0, (position / side) * cells - 0.5))
    const low = Math.floor(cell)
    return { low, high: Math.min(cells - 1, low + 1), fraction: cell - low }
  })
}

function interpolate(map: Float32Array, width: number, y: NonNullable<Reading>, x: NonNullable<Reading>): number {
  const [up, down] = [y.low * width, y.high * width]
  const upper = (map[up + x.low] ?? 0) * (1 - x.fraction) + (map[up + x.high] ?? 0) * x.fraction
  const lower = (map[down + x.low] ?? 0) * (1 - x.fraction) + (map[down + x.high] ?? 0) * x.fraction
  return upper * (1 - y.fraction) + lower * y.fraction
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
  const values = new Float32Array(rows * columns)
  let hottest = 0
  readings(rows, radiograph.rows, crop.top, crop.rows, height).forEach((y, row) => {
    if (!y) return
    across.forEach((x, column) => {
      if (!x) return
      const value = interpolate(map, width, y, x)
      values[row * columns + column] = value
      if (value > hottest) hottest = value
    })
  })
  if (hottest === 0) return { rows, columns, values: values.fill(0), empty: true }
  for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) / hottest
  return { rows, columns, values, empty: false }
}
