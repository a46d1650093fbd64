import type { Levels, Table } from './levels.ts'
import { COLUMNS_AT_ONCE, openRowKernel } from './row-kernel.ts'
import type { StoredValues } from './stored-values.ts'
import { placesIn } from './web-assembly.ts'

/** So many columns, and so many output pixels of a row, are summed at once. */
export const AT_ONCE = 4

/** All taps of an axis: tap `i` begins at `firsts[i]`, and its weights, `reach` of them, at `i * reach`; some may be 0. */
export type Taps = { readonly reach: number; readonly firsts: Int32Array; readonly weights: Float32Array }

/** Output pixels: as they are, or rounded to 0 to 255. */
export type Made = Float32Array | Uint8ClampedArray

/** Its memory holds nothing from one image to the next, and is kept for it. */
const kernel = openRowKernel()

type Image = { readonly rows: number; readonly columns: number; readonly pixels: StoredValues }

/** Rows of an image as levels, each made once, to be summed in float32 with weights both ways. One image at a time. */
export type WeighedRows = {
  /** So many rows' levels, at most as many as the taps down reach, stand where those of as many rows before stood. */
  look(from: number, end: number): void
  /** Writes one row of output pixels, for a tap down whose rows have been looked at, from `at` on. */
  sum(tap: number, made: Made, at: number): void
}

const upTo = (multiple: number, length: number): number => Math.ceil(length / multiple) * multiple

/** No tap begins before the one before it; the reach across is a multiple of what is summed at once. */
export function weighedRows(image: Image, levels: Levels, [down, across]: [Taps, Taps]): WeighedRows {
  const { rows, columns, pixels } = image
  const outputs = across.firsts.length
  const outputsMade = upTo(AT_ONCE, outputs)
  const left = Math.min(columns, across.firsts[0] ?? 0)
  const seen = Math.min(columns, (across.firsts[outputs - 1] ?? 0) + across.reach) - left
  const wide = Math.max(COLUMNS_AT_ONCE, upTo(COLUMNS_AT_ONCE, seen))
  // An odd number of cache lines, so that rows one above another do not displace each other.
  const stride = 4 * wide + 64
  const bytesOfRow = columns * pixels.BYTES_PER_ELEMENT
  const at = placesIn(kernel, {
    ...{ levels: 4 * 2 ** (8 * pixels.BYTES_PER_ELEMENT), pixels: down.reach * bytesOfRow + 16, lines: 4 * down.reach },
    ...{ levelLines: stride * down.reach, sums: 4 * (wide + across.reach), made: 4 * outputsMade },
    ...{ down: 4 * down.weights.length, across: 4 * across.reach * outputsMade, firsts: 4 * outputsMade },
  })
  const { buffer } = kernel.memory
  new Float32Array(buffer, at.down).set(sloping(down.weights, levels))
  new Float32Array(buffer, at.across, across.reach * outputsMade).set(inFours(across))
  new Int32Array(buffer, at.firsts, outputsMade)
    .fill(at.sums)
    .set(across.firsts.map((first) => at.sums + 4 * (first - left)))
  new Float32Array(buffer, at.levelLines, (stride * down.reach) / 4).fill(0)
  new Float32Array(buffer, at.sums, wide + across.reach).fill(0)
  const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength)
  const given = new Uint8Array(buffer, at.pixels, down.reach * bytesOfRow)
  const lines = new Int32Array(buffer, at.lines, down.reach)
  const floats = new Float32Array(buffer, at.made, outputs)
  const greys = new Uint8Array(buffer, at.made, outputs)
  const makeLevels = levelsTo(pixels, levels, at.levels)
  const lineOf = (row: number) => at.levelLines + stride * (row % down.reach)
  const acrossArguments = [at.firsts, at.firsts + 4 * outputsMade, at.across, at.made, 16 * across.reach] as const
  const [toF32, toGrey] =
    across.reach === AT_ONCE ? [kernel.sumFourToF32, kernel.sumFourToGrey] : [kernel.sumToF32, kernel.sumToGrey]
  return {
    look(from, end) {
      given.set(bytes.subarray(from * bytesOfRow, end * bytesOfRow))
      const firstOfRow = at.pixels + left * pixels.BYTES_PER_ELEMENT
      for (let row = from; row < end; row++)
        makeLevels(firstOfRow + (row - from) * bytesOfRow, at.levels, lineOf(row), lineOf(row) + 4 * seen)
    },
    sum(tap, made, to) {
      const first = down.firsts[tap] ?? 0
      // Beyond the last row weights are 0.
      for (let k = 0; k < down.reach; k++) lines[k] = lineOf(Math.min(rows - 1, first + k))
      const weights = at.down + 4 * tap * down.reach
      kernel.sumLines(at.lines, at.lines + 4 * down.reach, weights, 0, 4 * wide, at.sums)
      if (made instanceof Float32Array) {
        toF32(...acrossArguments)
        made.set(floats, to)
      } else {
        toGrey(...acrossArguments)
        made.set(greys, to)
      }
    },
  }
}

type MakeLevels = (pixels: number, told: number, line: number, end: number) => void

const STRAIGHT = {
  u8: [kernel.lessZeroU8, kernel.rampU8],
  s8: [kernel.lessZeroS8, kernel.rampS8],
  u16: [kernel.lessZeroU16, kernel.rampU16],
  s16: [kernel.lessZeroS16, kernel.rampS16],
} as const

function straightLevels(pixels: StoredValues): readonly [lessZero: MakeLevels, ramp: MakeLevels] {
  if (pixels instanceof Uint8Array) return STRAIGHT.u8
  if (pixels instanceof Int8Array) return STRAIGHT.s8
  return pixels instanceof Uint16Array ? STRAIGHT.u16 : STRAIGHT.s16
}

/** What writes levels into a line, or of a `Line` how far they are from its zero; its memory is told what it needs. */
function levelsTo(pixels: StoredValues, levels: Levels, told: number): MakeLevels {
  const { buffer } = kernel.memory
  if ('table' in levels) {
    const wide = pixels.BYTES_PER_ELEMENT === 2
    putTable(new Float32Array(buffer, told, wide ? 65_536 : 256), levels)
    return wide ? kernel.lookUp16 : kernel.lookUp8
  }
  const [lessZero, ramp] = straightLevels(pixels)
  const clamped = 'low' in levels
  new Float32Array(buffer, told).set(clamped ? [levels.zero, levels.slope, levels.low, levels.high] : [levels.zero])
  return clamped ? ramp : lessZero
}

/** A `Line`'s slope is in the weights. */
const sloping = (weights: Float32Array, levels: Levels): Float32Array =>
  'table' in levels || 'low' in levels ? weights : weights.map((weight) => weight * levels.slope)

/** By the value's bits, those below 0 last. */
function putTable(to: Float32Array, { least, table }: Table): void {
  to.set(table.subarray(-least, to.length - least))
  to.set(table.subarray(0, -least), (to.length + least) % to.length)
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
