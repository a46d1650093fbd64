import { expect, test } from 'vitest'
import { TimeToFull } from '../../src/study/time-to-full.ts'

test('what shrinks by one byte a second is full when its bytes are gone', () => {
  const trend = new TimeToFull()
  for (let second = 0; second <= 60; second += 5) trend.add(second * 1000, 1000 - second)
  expect(trend.secondsUntil(0)).toBeCloseTo(940)
  expect(trend.secondsUntil(440)).toBeCloseTo(500)
  expect(trend.secondsUntil(5000)).toBe(0)
})

test('what does not shrink is never full', () => {
  const trend = new TimeToFull()
  expect(trend.secondsUntil(0)).toBe(Number.POSITIVE_INFINITY)
  trend.add(0, 1000)
  expect(trend.secondsUntil(0)).toBe(Number.POSITIVE_INFINITY)
  trend.add(5000, 1200)
  expect(trend.secondsUntil(0)).toBe(Number.POSITIVE_INFINITY)
})

test('only the last while counts', () => {
  const trend = new TimeToFull(10_000)
  trend.add(0, 1_000_000)
  for (let second = 20; second <= 30; second++) trend.add(second * 1000, 1000)
  expect(trend.secondsUntil(0)).toBe(Number.POSITIVE_INFINITY)
})
