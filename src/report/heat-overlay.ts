import type { HeatMap } from '../study/finding.ts'
import { blendedRows, spreadRows, type Taps } from './blend-rows.ts'
import type { RgbImage } from './page.ts'
import { hottest } from './reduced-map.ts'
import type { GreyImage } from './result-input.ts'

/** For each wanted sample the given ones it lies between: pixel centres meet pixel centres, the border repeats. */
function tapsOf(wanted: number, given: number): Taps {
  const taps = { from: new Int32Array(wanted), to: new Int32Array(wanted), share: new Float64Array(wanted) }
  for (let i = 0; i < wanted; i++) {
    const at = Math.min(Math.max(((i + 0.5) * given) / wanted - 0.5, 0), given - 1)
    const from = Math.floor(at)
    taps.from[i] = from
    taps.to[i] = Math.min(from + 1, given - 1)
    taps.share[i] = at - from
  }
  return taps
}

/** The rows of a radiograph: red, green, blue. To be asked for from the top row on. */
type Rows = (row: number) => Uint8Array

function plain({ columns, grey }: GreyImage): Rows {
  const spread = spreadRows(columns)
  return (row) => spread(grey.subarray(row * columns, (row + 1) * columns))
}

/** Under a map of another size, bilinear. */
function heated({ rows, columns, grey }: GreyImage, map: HeatMap): Rows {
  const down = tapsOf(rows, map.rows)
  const { stretch, blend } = blendedRows(tapsOf(columns, map.columns), map.columns, hottest(map))
  const put = (line: 0 | 1, mapRow: number) => stretch(line, map.values, mapRow * map.columns)
  let [upper, lower]: [0 | 1, 0 | 1] = [0, 1]
  let at = -1
  return (row) => {
    const from = down.from[row] ?? 0
    if (from !== at) {
      if (from === at + 1 && at >= 0) [upper, lower] = [lower, upper]
      else put(upper, from)
      put(lower, down.to[row] ?? 0)
      at = from
    }
    return blend(grey.subarray(row * columns, (row + 1) * columns), upper, down.share[row] ?? 0)
  }
}

/** The radiograph on a page, with the heat over it; untouched grey where there is no map or the map is empty. */
export function paintRadiograph(
  page: RgbImage,
  { top, left }: { readonly top: number; readonly left: number },
  image: GreyImage,
  map?: HeatMap,
): void {
  const { rows } = image
  const colours = map && !map.empty ? heated(image, map) : plain(image)
  for (let row = 0; row < rows; row++) page.rgb.set(colours(row), ((top + row) * page.columns + left) * 3)
}
