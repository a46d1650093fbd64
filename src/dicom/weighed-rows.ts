import { openRowKernel } from './row-kernel.ts'
import type { StoredValues } from './stored-values.ts'
import { placesIn } from './web-assembly.ts'

/** So many pixels are summed at once: sums are read and written less often. */
export const AT_ONCE = 4

/** All taps of an axis: tap `i` begins at `firsts[i]`, and its weights, `reach` of them, at `i * reach`; some may be 0. */
export type Taps = { readonly reach: number; readonly firsts: Int32Array; readonly weights: Float64Array }

/** Output pixels: as they are, or rounded to 0 to 255. */
export type Made = Float32Array | Uint8ClampedArray

/** Its memory holds nothing from one image to the next, and is kept for it. */
const kernel = openRowKernel()

/** Values of 16 bits. */
const VALUES = 65_536

type Image = { readonly rows: number; readonly columns: number; readonly pixels: StoredValues }
type Levels = { readonly least: number; readonly table: Float32Array }

/** Rows of an image as levels, each looked up once, to be summed with weights both ways. One image at a time. */
export type WeighedRows = {
  /** A row's levels stand where those of the row stood that is as many before as the taps down reach. */
  look(row: number): void
  /** Writes one row of output pixels, for a tap down whose rows have been looked up, from `at` on. */
  sum(tap: number, made: Made, at: number): void
}

/** Reaches are multiples of what is summed at once. */
export function weighedRows(
  { rows, columns, pixels }: Image,
  levels: Levels,
  [down, across]: [Taps, Taps],
): WeighedRows {
  const even = columns + (columns % 2)
  // Beyond the last column as much as is read with weights of 0.
  const wide = even + across.reach
  const outputs = across.firsts.length
  const at = placesIn(kernel, {
    ...{ levels: 4 * VALUES, pixels: 2 * columns, sums: 8 * wide, lines: 4 * even * down.reach, made: 4 * outputs },
    ...{ down: 8 * down.weights.length, across: 8 * across.weights.length, firsts: 4 * outputs },
  })
  const { buffer } = kernel.memory
  putLevels(new Float32Array(buffer, at.levels, VALUES), levels)
  new Float64Array(buffer, at.down).set(down.weights)
  new Float64Array(buffer, at.across).set(across.weights)
  new Int32Array(buffer, at.firsts).set(across.firsts.map((first) => at.sums + 8 * first))
  new Float32Array(buffer, at.lines, even * down.reach).fill(0)
  const row16 = new Uint16Array(buffer, at.pixels, columns)
  const sums = new Float64Array(buffer, at.sums, wide)
  const floats = new Float32Array(buffer, at.made, outputs)
  const greys = new Uint8Array(buffer, at.made, outputs)
  const lineOf = (row: number) => at.lines + 4 * even * (row % down.reach)
  const acrossArguments = [at.firsts, at.firsts + 4 * outputs, at.across, at.made, 8 * across.reach] as const
  return {
    look(row) {
      row16.set(pixels.subarray(row * columns, (row + 1) * columns))
      kernel.lookUp(at.pixels, at.levels, lineOf(row), lineOf(row) + 4 * columns)
    },
    sum(tap, made, to) {
      const first = down.firsts[tap] ?? 0
      const weights = at.down + 8 * tap * down.reach
      // Beyond the last row weights are 0.
      const line = (k: number) => lineOf(Math.min(rows - 1, first + k))
      sums.fill(0)
      for (let k = 0; k < down.reach; k += AT_ONCE)
        kernel.addFour(at.sums, at.sums + 8 * even, weights + 8 * k, line(k), line(k + 1), line(k + 2), line(k + 3))
      if (made instanceof Float32Array) {
        kernel.sumToF32(...acrossArguments)
        made.set(floats, to)
      } else {
        kernel.sumToGrey(...acrossArguments)
        made.set(greys, to)
      }
    },
  }
}

/** By the value's 16 bits, those below 0 last. */
function putLevels(levels: Float32Array, { least, table }: Levels): void {
  levels.set(table.subarray(-least))
  levels.set(table.subarray(0, -least), (VALUES + least) % VALUES)
}
