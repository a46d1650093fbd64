import type { Levels, Table } from './levels.ts'
import { rowKernel as kernel } from './row-kernel.ts'
import type { StoredValues } from './stored-values.ts'

/** Bytes that `levelsTo` tells the kernel at most: a table for values of 16 bits. */
export const TOLD = 4 * 65_536

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
export function levelsTo(pixels: StoredValues, levels: Levels, told: number): MakeLevels {
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

/** By the value's bits, those below 0 last. */
function putTable(to: Float32Array, { least, table }: Table): void {
  to.set(table.subarray(-least, to.length - least))
  to.set(table.subarray(0, -least), (to.length + least) % to.length)
}
