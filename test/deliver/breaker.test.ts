import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type BreakerOptions, openBreaker } from '../../src/deliver/breaker.ts'
import type { Settled } from '../../src/deliver/settle-offer.ts'
import { Failure } from '../../src/failure.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const lost: Settled = {
  way: 'deferred',
  failure: new Failure('PEER_UNREACHABLE', 'no connection'),
  delayMs: 1000,
  answered: false,
}
const busy: Settled = {
  way: 'deferred',
  failure: new Failure('STATUS_FAILURE', 'A700H'),
  delayMs: 1000,
  answered: true,
}
const sent: Settled = { way: 'sent', late: false }

/** A breaker that opens after three, what it told, and whether the destination answers. */
function watched(options: Partial<BreakerOptions> = {}) {
  const told: string[] = []
  const destination = { alive: false, probes: 0 }
  const breaker = openBreaker({
    openAfter: 3,
    retry: { firstMs: 1000, longestMs: 8000 },
    probe: async () => {
      destination.probes++
      if (!destination.alive) throw new Failure('PEER_UNREACHABLE', 'no connection')
    },
    opened: ({ code }) => told.push(`opened ${code}`),
    closed: () => told.push('closed'),
    ...options,
  })
  return { breaker, told, destination }
}

test('it opens after so many studies in a row of which the destination took and answered nothing', () => {
  const { breaker, told } = watched()
  for (const settled of [[lost], [lost, lost]]) breaker.observe(settled)
  expect(breaker.isOpen).toBe(false)
  breaker.observe([lost])
  expect(breaker.isOpen).toBe(true)
  expect(told).toEqual(['opened PEER_UNREACHABLE'])
  breaker[Symbol.dispose]()
})

test('a study of which it took or answered something begins the count anew', () => {
  const { breaker } = watched()
  for (const settled of [[lost], [lost], [lost, sent], [lost], [lost], [busy, lost], [lost], [lost]])
    breaker.observe(settled)
  expect(breaker.isOpen).toBe(false)
})

test('while open it asks for a sign of life, ever less often, and closes with the first', async () => {
  const { breaker, told, destination } = watched()
  for (let count = 0; count < 3; count++) breaker.observe([lost])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(destination.probes).toBeGreaterThanOrEqual(8)
  expect(destination.probes).toBeLessThan(20)
  destination.alive = true
  await vi.advanceTimersByTimeAsync(8000)
  expect(breaker.isOpen).toBe(false)
  expect(told).toEqual(['opened PEER_UNREACHABLE', 'closed'])
  const { probes } = destination
  await vi.advanceTimersByTimeAsync(60_000)
  expect(destination.probes).toBe(probes)
})

test('half-open, one failure opens it again; one success closes it for good', async () => {
  const { breaker, destination } = watched()
  destination.alive = true
  for (let count = 0; count < 3; count++) breaker.observe([lost])
  await vi.advanceTimersByTimeAsync(1000)
  expect(breaker.isOpen).toBe(false)
  breaker.observe([lost])
  expect(breaker.isOpen).toBe(true)
  await vi.advanceTimersByTimeAsync(2000)
  expect(breaker.isOpen).toBe(false)
  breaker.observe([sent])
  for (let count = 0; count < 2; count++) breaker.observe([lost])
  expect(breaker.isOpen).toBe(false)
  breaker[Symbol.dispose]()
})

test('disposed of, it asks nothing more', async () => {
  const { breaker, destination } = watched()
  for (let count = 0; count < 3; count++) breaker.observe([lost])
  breaker[Symbol.dispose]()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(destination.probes).toBe(0)
})
