import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Levels, linearTaps, type Tap, writeSums } from '../../src/dicom/resample.ts'
import type { StoredValues } from '../../src/dicom/stored-values.ts'

type Image = { readonly rows: number; readonly columns: number; readonly pixels: StoredValues }

/** The same by its definition: for each output pixel the sum over what both of its taps reach. */
function plainSums({ columns, pixels }: Image, { least, table }: Levels, down: readonly Tap[], across: readonly Tap[]) {
  const level = (row: number, column: number) => table[(pixels[row * columns + column] ?? 0) - least] ?? 0
  return down.flatMap((y) =>
    across.map((x) =>
      Array.from(y.weights).reduce(
        (sum, high, i) =>
          sum + Array.from(x.weights).reduce((row, wide, j) => row + high * wide * level(y.first + i, x.first + j), 0),
        0,
      ),
    ),
  )
}

/** Taps of up to 11 pixels, none beginning before the one before; some reach nothing. */
const taps = (length: number) =>
  fc
    .array(fc.tuple(fc.nat(length), fc.array(fc.integer({ min: -8, max: 8 }), { maxLength: 11 })), {
      minLength: 1,
      maxLength: 6,
    })
    .map((all) =>
      all
        .toSorted(([a], [b]) => a - b)
        .map(([first, weights]): Tap => ({ first, weights: Float64Array.from(weights.slice(0, length - first)) })),
    )

const KINDS = [
  ['Uint8Array', Uint8Array, 0, 8],
  ['Int8Array', Int8Array, -128, 8],
  ['Uint16Array', Uint16Array, 0, 16],
  ['Int16Array', Int16Array, -32_768, 16],
  ['Int16Array of 12 bits', Int16Array, -2048, 12],
] as const

test.each(KINDS)('weighted sums of a %s are what they are said to be', (_, Values, least, bits) => {
  const table = Float32Array.from({ length: 2 ** bits }, (_, i) => i / 4 - 7)
  const image = fc
    .tuple(fc.integer({ min: 1, max: 13 }), fc.integer({ min: 1, max: 13 }), fc.integer())
    .map(([rows, columns, seed]): Image => {
      const values = Array.from({ length: rows * columns }, (_, i) => least + (Math.abs(seed + i * 7919) % 2 ** bits))
      return { rows, columns, pixels: Values.from(values) }
    })
  const cases = image.chain((each) => fc.tuple(fc.constant(each), taps(each.rows), taps(each.columns)))
  fc.assert(
    fc.property(cases, ([each, down, across]) => {
      const plain = plainSums(each, { least, table }, down, across)
      const made = writeSums(new Float32Array(plain.length), each, { least, table }, [down, across])
      expect(Array.from(made)).toEqual(plain.map(Math.fround))
      const greys = writeSums(new Uint8ClampedArray(plain.length), each, { least, table }, [down, across])
      expect(greys).toEqual(Uint8ClampedArray.from(plain))
    }),
    { numRuns: 200 },
  )
})

test('nothing of a larger image before is left in a smaller one', () => {
  const table = Float32Array.from({ length: 65_536 }, (_, i) => (i === 65_535 ? Number.NaN : 3e38))
  const large = { rows: 40, columns: 400, pixels: new Uint16Array(16_000).fill(65_535) }
  const levels = { least: 0, table }
  writeSums(new Float32Array(49), large, levels, [linearTaps(40, 7), linearTaps(400, 7)])
  const small = { rows: 3, columns: 5, pixels: Uint8Array.from({ length: 15 }, (_, i) => i) }
  const own = { least: 0, table: Float32Array.from({ length: 256 }, (_, i) => i) }
  const same = [linearTaps(3, 3), linearTaps(5, 5)] as const
  expect(Array.from(writeSums(new Float32Array(15), small, own, same))).toEqual(Array.from(small.pixels))
})
