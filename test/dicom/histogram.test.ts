import fc from 'fast-check'
import { expect, test } from 'vitest'
import { histogramOf } from '../../src/dicom/histogram.ts'
import type { StoredValues } from '../../src/dicom/stored-values.ts'

const KINDS = [
  ['Uint8Array', Uint8Array, 8, false],
  ['Int8Array', Int8Array, 8, true],
  ['Uint16Array', Uint16Array, 16, false],
  ['Uint16Array of 12 bits', Uint16Array, 12, false],
  ['Int16Array', Int16Array, 16, true],
  ['Int16Array of 12 bits', Int16Array, 12, true],
] as const

const radiographOf = (pixels: StoredValues, bitsStored: number, signed: boolean) => ({
  ...{ rows: 1, columns: pixels.length, bitsStored, signed, photometric: 'MONOCHROME2' as const, pixels },
})

test.each(KINDS)('of a %s every stored value is counted as often as it occurs', (_, Values, bits, signed) => {
  const least = signed ? -(2 ** (bits - 1)) : 0
  const values = fc.array(fc.oneof(fc.integer({ min: least, max: least + 2 ** bits - 1 }), fc.constant(least)), {
    maxLength: 40,
  })
  fc.assert(
    fc.property(values, fc.constantFrom(1, 2000), (some, times) => {
      const pixels = Values.from(Array.from({ length: times }, () => some).flat())
      const plain = new Uint32Array(2 ** bits)
      for (const value of pixels) plain[value - least] = (plain[value - least] ?? 0) + 1
      expect(
        Buffer.from(histogramOf(radiographOf(pixels, bits, signed)).buffer).equals(Buffer.from(plain.buffer)),
      ).toBe(true)
    }),
    { numRuns: 40 },
  )
})

test('of more than a million pixels whole rows are counted, and shares are as of all', () => {
  const [rows, columns] = [1300, 2000]
  const pixels = Uint16Array.from({ length: rows * columns }, (_, i) => (i * 7919) % 1000)
  const counts = histogramOf({ ...radiographOf(pixels, 12, false), rows, columns })
  const total = counts.reduce((sum, count) => sum + count, 0)
  expect(total % columns).toBe(0)
  expect(total).toBeGreaterThan(500_000)
  expect(counts.slice(0, 1000).every((count) => count === total / 1000)).toBe(true)
  expect(counts.slice(1000).every((count) => count === 0)).toBe(true)
})
