import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rangeOfValues } from '../../src/dicom/value-range.ts'

test.each([
  ['Uint8Array', Uint8Array, 0, 255],
  ['Int8Array', Int8Array, -128, 127],
  ['Uint16Array', Uint16Array, 0, 65_535],
  ['Int16Array', Int16Array, -32_768, 32_767],
] as const)('the least and the most of a %s are told, wherever they stand', (_, Values, min, max) => {
  const values = fc.array(fc.integer({ min, max }), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(values, fc.constantFrom(0, 1, 20_000), fc.boolean(), (some, others, before) => {
      const plain = Array(others).fill(some[0])
      const pixels = Values.from(before ? [...plain, ...some] : [...some, ...plain])
      expect(rangeOfValues(pixels)).toEqual([Math.min(...some), Math.max(...some)])
    }),
    { numRuns: 60 },
  )
})
