import type { HeatMap } from '../study/finding.ts'
import { type ColouredRows, heatedRows, plainRows, type Taps, TOGETHER } from './blend-rows.ts'
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

/** Under a map of another size. */
function heated(image: GreyImage, map: HeatMap): ColouredRows {
  return heatedRows(image, {
    ...{ down: tapsOf(image.rows, map.rows), across: tapsOf(image.columns, map.columns) },
    ...{ values: map.values, numbers: map.columns, most: hottest(map) },
  })
}

/** The radiograph on a page, with the heat over it; untouched grey where there is no map or the map is empty. */
export function paintRadiograph(
  page: RgbImage,
  { top, left }: { readonly top: number; readonly left: number },
  image: GreyImage,
  map?: HeatMap,
): void {
  const { rows, columns } = image
  const coloured = map && !map.empty ? heated(image, map) : plainRows(image)
  const place = (row: number) => ((top + row) * page.columns + left) * 3
  for (let begin = 0; begin < rows; begin += TOGETHER) {
    const end = Math.min(rows, begin + TOGETHER)
    const rgb = coloured(begin, end)
    if (columns === page.columns) page.rgb.set(rgb, place(begin))
    else
      for (let row = begin; row < end; row++)
        page.rgb.set(rgb.subarray(3 * columns * (row - begin), 3 * columns * (row - begin + 1)), place(row))
  }
}
