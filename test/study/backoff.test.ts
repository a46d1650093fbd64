import { expect, test } from 'vitest'
import { backoffMs } from '../../src/study/backoff.ts'

test('the wait doubles with every attempt until it is as long as allowed', () => {
  const waits = [1, 2, 3, 4, 5, 100].map((attempts) => backoffMs(attempts, 5000, 60_000, () => 0))
  expect(waits).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000])
})

test('chance takes at most half of the wait away', () => {
  expect(backoffMs(1, 5000, 60_000, () => 0.999_999)).toBe(2500)
  expect(backoffMs(3, 5000, 60_000, () => 0.5)).toBe(15_000)
})
