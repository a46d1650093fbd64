import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Levels } from '../../src/dicom/levels.ts'
import { linearTaps, type Tap, writeSums } from '../../src/dicom/resample.ts'
import type { StoredValues } from '../../src/dicom/stored-values.ts'

type Image = { readonly rows: number; readonly columns: number; readonly pixels: StoredValues }

const { fround } = Math

/** What becomes of a value, and what each weight down is multiplied by. */
function plainLevel(levels: Levels): readonly [level: (value: number) => number, slope: number] {
  if ('table' in levels) return [(value) => levels.table[value - levels.least] ?? 0, 1]
  const { zero, slope } = levels
  if (!('low' in levels)) return [(value) => fround(value - zero), slope]
  return [(value) => Math.min(levels.high, Math.max(levels.low, fround(slope * fround(value - zero)))), 1]
}

/** The same by its definition, in float32: first down, then across, there every fourth by itself and then these four. */
function plainSums({ columns, pixels }: Image, levels: Levels, down: readonly Tap[], across: readonly Tap[]) {
  const [levelOf, slope] = plainLevel(levels)
  const level = (row: number, column: number) => levelOf(pixels[row * columns + column] ?? 0)
  return down.flatMap((y) => {
    const sumAt = (column: number) =>
      Array.from(y.weights).reduce(
        (sum, weight, i) => fround(sum + fround(fround(weight * slope) * level(y.first + i, column))),
        0,
      )
    return across.map((x) => {
      const [a, b, c, d] = [0, 1, 2, 3].map((lane) =>
        Array.from(x.weights).reduce(
          (sum, weight, i) => (i % 4 === lane ? fround(sum + fround(weight * sumAt(x.first + i))) : sum),
          0,
        ),
      )
      return fround(fround((a ?? 0) + (b ?? 0)) + fround((c ?? 0) + (d ?? 0)))
    })
  })
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

const LEVELS: readonly ((least: number, bits: number) => Levels)[] = [
  (least, bits) => ({ least, table: Float32Array.from({ length: 2 ** bits }, (_, i) => i / 4 - 7) }),
  (least) => ({ slope: -0.5, zero: least + 100.5 }),
  (least, bits) => ({ slope: 0.75, zero: least + 20.25, low: -3, high: 2 ** (bits - 1) }),
]

test.each(KINDS)('weighted sums of a %s are what they are said to be', (_, Values, least, bits) => {
  const image = fc
    .tuple(fc.integer({ min: 1, max: 13 }), fc.integer({ min: 1, max: 70 }), fc.integer())
    .map(([rows, columns, seed]): Image => {
      const values = Array.from({ length: rows * columns }, (_, i) => least + (Math.abs(seed + i * 7919) % 2 ** bits))
      return { rows, columns, pixels: Values.from(values) }
    })
  const cases = image.chain((each) => fc.tuple(fc.constant(each), taps(each.rows), taps(each.columns)))
  const kinds = fc.constantFrom(...LEVELS.map((make) => make(least, bits)))
  fc.assert(
    fc.property(cases, kinds, ([each, down, across], levels) => {
      const plain = plainSums(each, levels, down, across)
      const made = writeSums(new Float32Array(plain.length), each, levels, [down, across])
      // Neither tells a zero below 0 from one above.
      expect(Array.from(made, (one) => one + 0)).toEqual(plain.map((one) => one + 0))
      const greys = writeSums(new Uint8ClampedArray(plain.length), each, levels, [down, across])
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
