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
  const lines = Array.from({ length: map.rows }, (_, row) => stretched(map.values, row * map.columns, across))
  const none = new Float64Array(0)
  for (let row = 0; row < size.rows; row++) {
    const upper = lines[down.from[row] ?? 0] ?? none
    const lower = lines[down.to[row] ?? 0] ?? none
    const share = down.share[row] ?? 0
    const line = row * size.columns
    for (let column = 0; column < size.columns; column++) {
      const top = upper[column] ?? 0
      // Rounded: none is below 0.
      levels[line + column] = (top + ((lower[column] ?? 0) - top) * share) * scale + 0.5
    }
  }
  return levels
}

/** What becomes of each grey under each level of heat, three bytes each: red, green, blue. */
function blendTable(): Uint8Array {
  const table = new Uint8Array(LEVELS * 256 * 3)
  for (let level = 0; level < LEVELS; level++) {
    const alpha = heatAlpha(level / (LEVELS - 1))
    heatColour(level / (LEVELS - 1)).forEach((colour, channel) => {
      for (let grey = 0; grey < 256; grey++)
        table[(level * 256 + grey) * 3 + channel] = Math.round(grey + (colour - grey) * alpha)
    })
  }
  return table
}

/** The radiograph in colour, with the heat over it; untouched grey where the map is empty. */
export function overlaid({ rows, columns, grey }: GreyImage, map: HeatMap): RgbImage {
  const rgb = new Uint8Array(rows * columns * 3)
  const levels = map.empty ? new Uint8Array(grey.length) : heatLevels(map, { rows, columns })
  const table = blendTable()
  for (let at = 0; at < grey.length; at++) {
    const from = ((levels[at] ?? 0) * 256 + (grey[at] ?? 0)) * 3
    rgb[at * 3] = table[from] ?? 0
    rgb[at * 3 + 1] = table[from + 1] ?? 0
    rgb[at * 3 + 2] = table[from + 2] ?? 0
  }
  return { rows, columns, rgb }
}
