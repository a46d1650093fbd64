import type { Levels } from './levels.ts'
import { levelsTo, TOLD } from './make-levels.ts'
import { COLUMNS_AT_ONCE, rowKernel as kernel } from './row-kernel.ts'
import type { StoredValues } from './stored-values.ts'
import { placesIn } from './web-assembly.ts'

/** So many output pixels of a row, and so many columns for each, are summed at once. */
export const AT_ONCE = 4

/** All taps of an axis: tap `i` begins at `firsts[i]`, and its weights, `reach` of them, at `i * reach`; some may be 0. */
export type Taps = { readonly reach: number; readonly firsts: Int32Array; readonly weights: Float32Array }

/** Output pixels: as they are, or rounded to 0 to 255. */
export type Made = Float32Array | Uint8ClampedArray

type Image = { readonly rows: number; readonly columns: number; readonly pixels: StoredValues }

/** Rows of an image as levels, each made once, to be summed in float32 with weights both ways. One image at a time. */
export type WeighedRows = {
  /** The levels of some rows, at most as many as the taps down reach, stand where those of as many rows before stood. */
  look(from: number, end: number): void
  /** Writes one row of output pixels, for a tap down whose rows have been looked at, from `at` on. */
  sum(tap: number, made: Made, at: number): void
}

const upTo = (multiple: number, length: number): number => Math.ceil(length / multiple) * multiple

/** No tap begins before the one before it; the reach across is a multiple of what is summed at once. */
export function weighedRows(image: Image, levels: Levels, [down, across]: [Taps, Taps]): WeighedRows {
  const { rows, columns, pixels } = image
  const places = placesOf(image, down, across)
  const { at, wide, stride, left, seen } = places
  const { buffer } = kernel.memory
  new Float32Array(buffer, at.down).set(sloping(down.weights, levels))
  new Float32Array(buffer, at.lines, (stride * down.reach) / 4).fill(0)
  const makeLevels = levelsTo(pixels, levels, at.told)
  const sumAcross = acrossTo(places, across)
  const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength)
  const bytesOfRow = columns * pixels.BYTES_PER_ELEMENT
  const given = new Uint8Array(buffer, at.pixels, down.reach * bytesOfRow)
  const firstGiven = at.pixels + left * pixels.BYTES_PER_ELEMENT
  const lines = new Int32Array(buffer, at.addresses, down.reach)
  const lineOf = (row: number) => at.lines + stride * (row % down.reach)
  return {
    look(from, end) {
      given.set(bytes.subarray(from * bytesOfRow, end * bytesOfRow))
      for (let row = from; row < end; row++)
        makeLevels(firstGiven + (row - from) * bytesOfRow, at.told, lineOf(row), lineOf(row) + 4 * seen)
    },
    sum(tap, made, to) {
      const first = down.firsts[tap] ?? 0
      // Beyond the last row weights are 0.
      for (let k = 0; k < down.reach; k++) lines[k] = lineOf(Math.min(rows - 1, first + k))
      const weights = at.down + 4 * tap * down.reach
      kernel.sumLines(at.addresses, at.addresses + 4 * down.reach, weights, 0, 4 * wide, at.sums)
      sumAcross(made, to)
    },
  }
}

/** Where in the kernel's memory what stands, and of the columns how many, from `left` on, are seen. */
function placesOf({ columns, pixels }: Image, down: Taps, across: Taps) {
  const outputs = across.firsts.length
  const made = upTo(AT_ONCE, outputs)
  const left = Math.min(columns, across.firsts[0] ?? 0)
  const seen = Math.min(columns, (across.firsts[outputs - 1] ?? 0) + across.reach) - left
  const wide = Math.max(COLUMNS_AT_ONCE, upTo(COLUMNS_AT_ONCE, seen))
  // An odd number of cache lines: rows one above another do not displace each other.
  const stride = 4 * wide + 64
  const at = placesIn(kernel, {
    ...{ told: TOLD, pixels: down.reach * columns * pixels.BYTES_PER_ELEMENT + 16 },
    ...{ lines: stride * down.reach, addresses: 4 * down.reach, down: 4 * down.weights.length },
    // Beyond the last column as much as is read with weights of 0.
    ...{ sums: 4 * (wide + across.reach), across: 4 * across.reach * made, firsts: 4 * made, made: 4 * made },
  })
  return { at, wide, stride, left, seen }
}

/** What writes a row of output pixels, by sums of its columns. */
function acrossTo({ at, wide, left }: ReturnType<typeof placesOf>, { reach, firsts, weights }: Taps) {
  const { buffer } = kernel.memory
  const made = upTo(AT_ONCE, firsts.length)
  new Float32Array(buffer, at.sums, wide + reach).fill(0)
  new Float32Array(buffer, at.across, reach * made).set(inFours({ reach, firsts, weights }))
  const addresses = new Int32Array(buffer, at.firsts, made).fill(at.sums)
  for (let i = 0; i < firsts.length; i++) addresses[i] = at.sums + 4 * ((firsts[i] ?? 0) - left)
  const floats = new Float32Array(buffer, at.made, firsts.length)
  const greys = new Uint8Array(buffer, at.made, firsts.length)
  const [toF32, toGrey] =
    reach === AT_ONCE ? [kernel.sumFourToF32, kernel.sumFourToGrey] : [kernel.sumToF32, kernel.sumToGrey]
  return (to: Made, from: number) => {
    const isFloat = to instanceof Float32Array
    const sum = isFloat ? toF32 : toGrey
    sum(at.firsts, at.firsts + 4 * made, at.across, at.made, 16 * reach)
    to.set(isFloat ? floats : greys, from)
  }
}

/** A `Line`'s slope is in the weights. */
function sloping(weights: Float32Array, levels: Levels): Float32Array {
  if ('table' in levels || 'low' in levels) return weights
  const steeper = new Float32Array(weights.length)
  for (let i = 0; i < weights.length; i++) steeper[i] = (weights[i] ?? 0) * levels.slope
  return steeper
}

/** The weights of four output pixels side by side: four of each, then the next four of each. */
function inFours({ reach, firsts, weights }: Taps): Float32Array {
  const all = new Float32Array(upTo(AT_ONCE, firsts.length) * reach)
  for (let tap = 0; tap < firsts.length; tap++) {
    const within = tap % AT_ONCE
    const to = (tap - within) * reach + AT_ONCE * within
    for (let k = 0; k < reach; k++)
      all[to + AT_ONCE * (k - (k % AT_ONCE)) + (k % AT_ONCE)] = weights[tap * reach + k] ?? 0
  }
  return all
}
