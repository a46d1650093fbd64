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

/** What becomes of each grey under each level of heat: red, green and blue from the lowest byte on. */
const BLENDED = Uint32Array.from({ length: LEVELS * 256 }, (_, i) => {
  const [red, green, blue] = blended(i % 256, Math.floor(i / 256) / (LEVELS - 1))
  return red + green * 0x100 + blue * 0x10000
})

/** Writes one pixel: red, green and blue. */
function put(rgb: Uint8Array, at: number, colour: number): void {
  rgb[at] = colour
  rgb[at + 1] = colour >> 8
  rgb[at + 2] = colour >> 16
}

/** A row of the map at the wanted width, between two of its lines; `scale`: from its values to levels of heat. */
type Heat = {
  readonly upper: Float64Array
  readonly lower: Float64Array
  readonly share: number
  readonly scale: number
}

/** One row of the radiograph, which begins at `from`, in `rgb` from `to` on. */
function blendRow(rgb: Uint8Array, to: number, grey: Uint8Array, from: number, heat: Heat): void {
  const { upper, lower, share, scale } = heat
  for (let column = 0; column < upper.length; column++, to += 3) {
    const top = upper[column] ?? 0
    // Rounded: none is below 0.
    const level = ((top + ((lower[column] ?? 0) - top) * share) * scale + 0.5) | 0
    put(rgb, to, BLENDED[(level << 8) | (grey[from + column] ?? 0)] ?? 0)
  }
}

/** The same without heat. */
function copyRow(rgb: Uint8Array, to: number, grey: Uint8Array, from: number, columns: number): void {
  for (let column = 0; column < columns; column++, to += 3) put(rgb, to, 0x10101 * (grey[from + column] ?? 0))
}

/** The rows of the map at another size, bilinear; to be asked for from the top row on. */
function heatOf(map: HeatMap, size: { rows: number; columns: number }): (row: number) => Heat {
  const scale = (LEVELS - 1) / hottest(map)
  const across = tapsOf(size.columns, map.columns)
  const down = tapsOf(size.rows, map.rows)
  const line = (row: number) => stretched(map.values, row * map.columns, across)
  let [at, upper, lower] = [0, line(0), line(down.to[0] ?? 0)]
  return (row) => {
    const from = down.from[row] ?? 0
    if (from !== at) {
      upper = from === at + 1 ? lower : line(from)
      lower = line(down.to[row] ?? 0)
      at = from
    }
    return { upper, lower, share: down.share[row] ?? 0, scale }
  }
}

/** The radiograph on a page, with the heat over it; untouched grey where there is no map or the map is empty. */
export function paintRadiograph(
  page: RgbImage,
  { top, left }: { readonly top: number; readonly left: number },
  { rows, columns, grey }: GreyImage,
  map?: HeatMap,
): void {
  const heat = map && !map.empty ? heatOf(map, { rows, columns }) : undefined
  for (let row = 0; row < rows; row++) {
    const to = ((top + row) * page.columns + left) * 3
    if (heat) blendRow(page.rgb, to, grey, row * columns, heat(row))
    else copyRow(page.rgb, to, grey, row * columns, columns)
  }
}
