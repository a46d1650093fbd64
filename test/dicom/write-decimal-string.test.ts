import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decimalString } from '../../src/dicom/write-decimal-string.ts'

test.each([
  [0, '0'],
  [-0, '0'],
  [87.3, '87.3'],
  [1 / 3, '0.33333333333333'],
  [-1 / 3, '-0.3333333333333'],
  [1.2345678901234566e-7, '1.23456789012e-7'],
  [123456789012345680000, '1.2345678901e+20'],
])('formats %d as the decimal string %s', (value, expected) => {
  expect(decimalString(value)).toBe(expected)
})

test('keeps to 16 characters and at least nine digits for every finite number', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: -1e300, max: 1e300 }), (value) => {
      const text = decimalString(value)
      expect(text.length).toBeLessThanOrEqual(16)
      expect(text).toMatch(/^-?\d+(\.\d+)?(e[+-]?\d+)?$/)
      expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(Math.abs(value) * 5e-9 + 5e-324)
    }),
  )
})

test.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %d, which is no decimal string', (value) => {
  expect(() => decimalString(value)).toThrow(expect.objectContaining({ code: 'RESULT_INVALID' }))
})
