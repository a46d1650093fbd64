import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openLane } from '../../src/deliver/lane.ts'

/** A lane of two at once over what is owed, most urgent first; what it started, and how to end it. */
function held(owed: string[], gapMs = 0) {
  const started: string[] = []
  const errors: unknown[] = []
  const ends = new Map<string, { resolve(): void; reject(error: unknown): void }>()
  const lane = openLane<string>({
    atOnce: 2,
    gapMs,
    next: async (busy) => owed.find((key) => !busy.includes(key)),
    work: (key) => {
      started.push(key)
      return new Promise<void>((resolve, reject) => ends.set(key, { resolve, reject }))
    },
    onError: (error) => errors.push(error),
  })
  const end = async (key: string, error?: unknown) => {
    if (!error) owed.splice(owed.indexOf(key), 1)
    const { resolve, reject } = ends.get(key) ?? {}
    if (error) reject?.(error)
    else resolve?.()
    await sleep(5)
  }
  return { lane, started, errors, end }
}

test('a lane works on so many at once and takes the next when one ends', async () => {
  const { lane, started, end } = held(['a', 'b', 'c'])
  lane.wake()
  await sleep(5)
  expect(started).toEqual(['a', 'b'])
  await end('a')
  expect(started).toEqual(['a', 'b', 'c'])
})

test('what has become more urgent meanwhile comes next', async () => {
  const owed = ['a', 'b', 'c']
  const { lane, started, end } = held(owed)
  lane.wake()
  await sleep(5)
  owed.unshift('urgent')
  lane.wake()
  await end('a')
  expect(started).toEqual(['a', 'b', 'urgent'])
})

test('from one start to the next there is the gap', async () => {
  const owed = ['a', 'b', 'c']
  const { lane, started } = held(owed, 150)
  lane.wake()
  await sleep(50)
  for (let count = 0; count < 3; count++) lane.wake()
  expect(started).toEqual(['a'])
  await sleep(200)
  expect(started).toEqual(['a', 'b'])
})

test('work that fails is told, and is not taken up again before the next wake', async () => {
  const { lane, started, errors, end } = held(['a'])
  lane.wake()
  await sleep(5)
  await end('a', new Error('no database'))
  expect(errors).toHaveLength(1)
  expect(started).toEqual(['a'])
  lane.wake()
  await sleep(5)
  expect(started).toEqual(['a', 'a'])
})

test('closing lets what runs end and takes up nothing more', async () => {
  const { lane, started, end } = held(['a', 'b', 'c'])
  lane.wake()
  await sleep(5)
  let closed = false
  const closing = lane[Symbol.asyncDispose]().then(() => {
    closed = true
  })
  await end('a')
  expect(closed).toBe(false)
  lane.wake()
  await end('b')
  await closing
  expect(started).toEqual(['a', 'b'])
})
