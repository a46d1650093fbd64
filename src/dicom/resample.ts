import type { Levels } from './levels.ts'
import type { StoredValues } from './stored-values.ts'
import { AT_ONCE, type Made, type Taps, weighedRows } from './weighed-rows.ts'

/** One output pixel along one axis: `weights` for the input pixels from `first` on. */
export type Tap = { readonly first: number; readonly weights: ArrayLike<number> }

type Size = { readonly rows: number; readonly columns: number }
type Pixels = Size & { readonly pixels: StoredValues }

/** Each output pixel the mean of what it covers. */
function meanTaps(input: number, output: number): Tap[] {
  const factor = input / output
  const taps: Tap[] = []
  for (let index = 0; index < output; index++) {
    const [from, to] = [index * factor, (index + 1) * factor]
    const [first, end] = [Math.floor(from), Math.min(input, Math.ceil(to))]
    const weights: number[] = []
    for (let at = first; at < end; at++) weights.push((Math.min(at + 1, to) - Math.max(at, from)) / factor)
    taps.push({ first, weights })
  }
  return taps
}

/** Between the two nearest pixels, the border repeated: OpenCV's INTER_LINEAR. */
export function linearTaps(input: number, output: number): Tap[] {
  const taps: Tap[] = []
  for (let index = 0; index < output; index++) {
    const centre = Math.min(input - 1, Math.max(0, ((index + 0.5) * input) / output - 0.5))
    const first = Math.min(Math.floor(centre), Math.max(0, input - 2))
    taps.push({ first, weights: input < 2 ? [1] : [1 - (centre - first), centre - first] })
  }
  return taps
}

/** `reach` is a multiple of so many, at least once it; the last weights may be 0. */
function together(taps: readonly Tap[], multiple: number): Taps {
  let longest = 1
  for (const { weights } of taps) longest = Math.max(longest, weights.length)
  const reach = Math.ceil(longest / multiple) * multiple
  const [firsts, all] = [new Int32Array(taps.length), new Float32Array(taps.length * reach)]
  let at = 0
  for (const { first, weights } of taps) {
    firsts[at] = first
    for (let k = 0; k < weights.length; k++) all[at * reach + k] = weights[k] ?? 0
    at++
  }
  return { reach, firsts, weights: all }
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
  const rows = together(down, 1)
  const weighed = weighedRows(image, levels, [rows, together(across, AT_ONCE)])
  let looked = 0
  for (let tap = 0; tap < down.length; tap++) {
    const first = rows.firsts[tap] ?? 0
    const end = Math.min(image.rows, first + rows.reach)
    if (end > looked) weighed.look(Math.max(looked, first), end)
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
