import fc from 'fast-check'
import { expect, test } from 'vitest'
import { levelOf, rampOf } from '../../src/dicom/levels.ts'
import { ramp } from '../../src/dicom/window.ts'

const tableOf = (least: number, bits: number, shade: (value: number) => number) => ({
  least,
  table: Float32Array.from({ length: 2 ** bits }, (_, i) => 255 * shade(least + i)),
})

test.each([
  [0, 8],
  [-2048, 12],
  [0, 16],
])(
  'a window over values from %i on, of %i bits, is a ramp that nowhere differs from its table by 0.002',
  (least, bits) => {
    const size = 2 ** bits
    const ends = fc.tuple(fc.double({ min: -0.5, max: 1, noNaN: true }), fc.double({ min: 0.05, max: 1, noNaN: true }))
    fc.assert(
      fc.property(ends, fc.boolean(), ([from, width], inverse) => {
        const window = ramp(least + from * size, least + (from + width) * size)
        const levels = tableOf(least, bits, (value) => (inverse ? 1 - window(value) : window(value)))
        const straight = rampOf(levels)
        if (!straight) return
        const faultOf = (level: number, i: number) => Math.abs(level - levelOf(straight, least + i))
        const most = levels.table.reduce((so, level, i) => Math.max(so, faultOf(level, i)), 0)
        expect(most).toBeLessThan(0.002)
      }),
      { numRuns: 50 },
    )
    expect(rampOf(tableOf(least, bits, ramp(least + size / 4, least + size / 2)))).toBeDefined()
  },
)

test.each([
  ['bends', (value: number) => (value / 255) ** 2],
  ['has a hole', (value: number) => (value === 77 ? 0 : value / 255)],
  ['is one level throughout', () => 0.25],
  ['has one step', (value: number) => (value < 100 ? 0 : 1)],
])('a table that %s is no ramp', (_, shade) => {
  expect(rampOf(tableOf(0, 8, shade))).toBeUndefined()
})
