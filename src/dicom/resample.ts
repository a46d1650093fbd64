import type { StoredValues } from './stored-values.ts'
import { AT_ONCE, type Made, type Taps, weighedRows } from './weighed-rows.ts'

/** One output pixel along one axis: `weights` for the input pixels from `first` on. */
export type Tap = { readonly first: number; readonly weights: Float64Array }

/** A number for every value that a pixel may have, by value from `least` on. */
export type Levels = { readonly least: number; readonly table: Float32Array }

type Size = { readonly rows: number; readonly columns: number }
type Pixels = Size & { readonly pixels: StoredValues }

/** Each output pixel the mean of what it covers. */
function meanTaps(input: number, output: number): Tap[] {
  const factor = input / output
  return Array.from({ length: output }, (_, index) => {
    const [from, to] = [index * factor, (index + 1) * factor]
    const first = Math.floor(from)
    const weights = new Float64Array(Math.min(input, Math.ceil(to)) - first)
    for (let k = 0; k < weights.length; k++)
      weights[k] = (Math.min(first + k + 1, to) - Math.max(first + k, from)) / factor
    return { first, weights }
  })
}

/** Between the two nearest pixels, the border repeated: OpenCV's INTER_LINEAR. */
export function linearTaps(input: number, output: number): Tap[] {
  return Array.from({ length: output }, (_, index) => {
    const centre = Math.min(input - 1, Math.max(0, ((index + 0.5) * input) / output - 0.5))
    const first = Math.min(Math.floor(centre), Math.max(0, input - 2))
    return { first, weights: Float64Array.of(1 - (centre - first), centre - first).slice(0, Math.min(2, input)) }
  })
}

/** `reach` is a multiple of what is summed at once, at least once it; the last weights may be 0. */
function together(taps: readonly Tap[]): Taps {
  const longest = Math.max(1, ...taps.map(({ weights }) => weights.length))
  const reach = Math.ceil(longest / AT_ONCE) * AT_ONCE
  const all = new Float64Array(taps.length * reach)
  for (const [i, { weights }] of taps.entries()) all.set(weights, i * reach)
  return { reach, firsts: Int32Array.from(taps, ({ first }) => first), weights: all }
}

/**
 * Writes what each output pixel reads, weighted both ways; row-major. The taps stay within the image, and none begins before
 * the one above or left of it.
 */
export function writeSums<M extends Made>(
  made: M,
  image: Pixels,
  levels: Levels,
  [down, across]: readonly [readonly Tap[], readonly Tap[]],
): M {
  const rows = together(down)
  const weighed = weighedRows(image, levels, [rows, together(across)])
  let looked = 0
  for (let tap = 0; tap < down.length; tap++) {
    const first = rows.firsts[tap] ?? 0
    const end = Math.min(image.rows, first + rows.reach)
    for (let row = Math.max(looked, first); row < end; row++) weighed.look(row)
    looked = Math.max(looked, end)
    weighed.sum(tap, made, tap * across.length)
  }
  return made
}

/** At another size, rounded to 0 to 255: means where it is smaller, else between the nearest pixels. */
export function resizedGrey(image: Pixels, levels: Levels, size: Size): Uint8Array {
  const tapsOf = (input: number, output: number) => (output < input ? meanTaps : linearTaps)(input, output)
  const made = new Uint8ClampedArray(size.rows * size.columns)
  const taps = [tapsOf(image.rows, size.rows), tapsOf(image.columns, size.columns)] as const
  return new Uint8Array(writeSums(made, image, levels, taps).buffer)
}
