import fc from 'fast-check'
import { expect, test } from 'vitest'
import { trimmed, withoutPadding } from '../../src/study/padding.ts'

const text = fc.string({ unit: fc.constantFrom(' ', '\0', 'a', '\\', '1'), maxLength: 30 })

test('NULs and spaces behind a value are its padding, and spaces before it where they do not matter', () => {
  fc.assert(
    fc.property(text, (value) => {
      expect(withoutPadding(value)).toBe(value.replace(/[\0 ]+$/, ''))
      expect(trimmed(value)).toBe(value.replace(/^ +|[\0 ]+$/g, ''))
    }),
  )
})

test('a value of a million spaces with something behind them takes no longer than another', () => {
  const long = `1${' '.repeat(1_000_000)}2`
  const began = performance.now()
  expect(trimmed(long)).toBe(long)
  expect(performance.now() - began).toBeLessThan(1000)
})
