import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnSums, countOfTwo } from '../../src/quality/pixel-rows.ts'

const KINDS = [
  ['Uint8Array', Uint8Array, 8, false],
  ['Int8Array', Int8Array, 8, true],
  ['Uint16Array', Uint16Array, 16, false],
  ['Int16Array', Int16Array, 16, true],
] as const

test.each(KINDS)(
  'columns of a %s are summed, and two of its values counted, in the rows asked for',
  (_, Values, bitsStored, signed) => {
    const least = signed ? -(2 ** (bitsStored - 1)) : 0
    const most = least + 2 ** bitsStored - 1
    const [one, other] = [least, most]
    const value = fc.oneof(fc.constantFrom(one, other), fc.integer({ min: least, max: most }))
    const images = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 20 })).chain(([rows, columns]) =>
      fc.record({
        ...{ rows: fc.constant(rows), columns: fc.constant(columns) },
        values: fc.array(value, { minLength: rows * columns, maxLength: rows * columns }),
        ...{ from: fc.nat(rows), step: fc.integer({ min: 1, max: 3 }), left: fc.nat(columns) },
      }),
    )
    fc.assert(
      fc.property(images, ({ rows, columns, values, from, step, left }) => {
        const pixels = Values.from(values)
        const radiograph = { rows, columns, bitsStored, signed, photometric: 'MONOCHROME2' as const, pixels }
        const seen = Array.from({ length: rows }, (_, row) => values.slice(row * columns, (row + 1) * columns)).filter(
          (_, row) => row >= from && (row - from) % step === 0,
        )
        const sums = Array.from({ length: columns }, (_, column) =>
          seen.reduce((sum, row) => sum + (row[column] ?? 0), 0),
        )
        const which = { from, end: rows, step }
        expect(Array.from(columnSums(radiograph)(which))).toEqual(sums)
        const among = seen.flatMap((row) => row.slice(left))
        const counted = [one, other].map((each) => among.filter((found) => found === each).length)
        expect(countOfTwo(radiograph, which, [left, columns], [one, other])).toEqual(counted)
      }),
      { numRuns: 100 },
    )
  },
)
