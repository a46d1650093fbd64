import type { HeatMap } from '../study/finding.ts'
import { blended } from './colour-map.ts'
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

/** Writes a row of the map at another size, bilinear, as levels of its maximum: 0 to 255. From the top row on. */
function levelsOf(map: HeatMap, size: { rows: number; columns: number }): (row: number, levels: Uint8Array) => void {
  const scale = (LEVELS - 1) / hottest(map)
  const across = tapsOf(size.columns, map.columns)
  const down = tapsOf(size.rows, map.rows)
  const line = (row: number) => stretched(map.values, row * map.columns, across)
  let [at, upper, lower] = [0, line(0), line(down.to[0] ?? 0)]
  return (row, levels) => {
    const from = down.from[row] ?? 0
    if (from !== at) {
      upper = from === at + 1 ? lower : line(from)
      lower = line(down.to[row] ?? 0)
      at = from
    }
    const share = down.share[row] ?? 0
    for (let column = 0; column < levels.length; column++) {
      const top = upper[column] ?? 0
      // Rounded: none is below 0.
      levels[column] = (top + ((lower[column] ?? 0) - top) * share) * scale + 0.5
    }
  }
}

/** What becomes of each grey under each level of heat: red, green and blue from the lowest byte on. */
const BLENDED = Uint32Array.from({ length: LEVELS * 256 }, (_, i) => {
  const [red, green, blue] = blended(i % 256, Math.floor(i / 256) / (LEVELS - 1))
  return red + green * 0x100 + blue * 0x10000
})

/** The radiograph on a page, with the heat over it; untouched grey where there is no map or the map is empty. */
export function paintRadiograph(
  page: RgbImage,
  { top, left }: { readonly top: number; readonly left: number },
  { rows, columns, grey }: GreyImage,
  map?: HeatMap,
): void {
  const levels = new Uint8Array(columns)
  const heat = map && !map.empty ? levelsOf(map, { rows, columns }) : undefined
  for (let row = 0; row < rows; row++) {
    heat?.(row, levels)
    let to = ((top + row) * page.columns + left) * 3
    for (let column = 0; column < columns; column++) {
      const colour = BLENDED[(levels[column] ?? 0) * 256 + (grey[row * columns + column] ?? 0)] ?? 0
      page.rgb[to++] = colour
      page.rgb[to++] = colour >> 8
      page.rgb[to++] = colour >> 16
    }
  }
}
