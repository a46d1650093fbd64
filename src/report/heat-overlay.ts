import type { HeatMap } from '../study/finding.ts'
import { heatAlpha, heatColour } from './colour-map.ts'
import type { RgbImage } from './page.ts'
import { hottest } from './reduced-map.ts'
import type { GreyImage } from './result-input.ts'

const LEVELS = 256

/** For each wanted sample the given ones it lies between: pixel centres meet pixel centres, the border repeats. */
type Taps = { readonly from: Uint32Array; readonly to: Uint32Array; readonly share: Float64Array }

function tapsOf(wanted: number, given: number): Taps {
  const at = Float64Array.from({ length: wanted }, (_, i) =>
    Math.min(Math.max(((i + 0.5) * given) / wanted - 0.5, 0), given - 1),
  )
  return {
    from: Uint32Array.from(at, Math.floor),
    to: Uint32Array.from(at, (value) => Math.min(Math.floor(value) + 1, given - 1)),
    share: at.map((value) => value - Math.floor(value)),
  }
}

/** One row of the map at another width, bilinear. */
function stretched(values: Float32Array, line: number, { from, to, share }: Taps): Float64Array {
  const row = new Float64Array(from.length)
  for (let i = 0; i < row.length; i++) {
    const left = values[line + (from[i] ?? 0)] ?? 0
    row[i] = left + ((values[line + (to[i] ?? 0)] ?? 0) - left) * (share[i] ?? 0)
  }
  return row
}

/** The map at another size, bilinear, as levels of its maximum: 0 to 255. */
function heatLevels(map: HeatMap, size: { rows: number; columns: number }): Uint8Array {
  const scale = (LEVELS - 1) / hottest(map)
  const across = tapsOf(size.columns, map.columns)
  const down = tapsOf(size.rows, map.rows)
  const levels = new Uint8Array(size.rows * size.columns)
  for (let row = 0; row < size.rows; row++) {
    const upper = stretched(map.values, (down.from[row] ?? 0) * map.columns, across)
    const lower = stretched(map.values, (down.to[row] ?? 0) * map.columns, across)
    const share = down.share[row] ?? 0
    for (let column = 0; column < size.columns; column++) {
      const top = upper[column] ?? 0
      levels[row * size.columns + column] = Math.round((top + ((lower[column] ?? 0) - top) * share) * scale)
    }
  }
  return levels
}

/** The radiograph in colour, with the heat over it; untouched grey where the map is empty. */
export function overlaid({ rows, columns, grey }: GreyImage, map: HeatMap): RgbImage {
  const rgb = new Uint8Array(rows * columns * 3)
  const levels = map.empty ? new Uint8Array(grey.length) : heatLevels(map, { rows, columns })
  const alphas = Float64Array.from({ length: LEVELS }, (_, level) => heatAlpha(level / (LEVELS - 1)))
  const colours = Array.from({ length: LEVELS }, (_, level) => heatColour(level / (LEVELS - 1)))
  for (let channel = 0; channel < 3; channel++) {
    const table = Uint8Array.from(colours, (colour) => colour[channel] ?? 0)
    for (let at = 0; at < grey.length; at++) {
      const level = levels[at] ?? 0
      const value = grey[at] ?? 0
      rgb[at * 3 + channel] = Math.round(value + ((table[level] ?? 0) - value) * (alphas[level] ?? 0))
    }
  }
  return { rows, columns, rgb }
}
