import { expect, test } from 'vitest'
import { openLane } from '../../src/deliver/lane.ts'

function held() {
  const started: string[] = []
  const release = new Map<string, () => void>()
  const lane = openLane<string>(2, (key) => {
    started.push(key)
    return new Promise((resolve) => release.set(key, resolve))
  })
  const end = async (key: string) => {
    release.get(key)?.()
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  return { lane, started, end }
}

test('a lane works on so many at once and takes the next when one ends', async () => {
  const { lane, started, end } = held()
  for (const key of ['a', 'b', 'c']) lane.add(key)
  expect(started).toEqual(['a', 'b'])
  await end('a')
  expect(started).toEqual(['a', 'b', 'c'])
})

test('what waits or runs already is not taken twice', async () => {
  const { lane, started, end } = held()
  for (const key of ['a', 'a', 'b', 'c', 'c', 'b']) lane.add(key)
  await end('a')
  await end('b')
  expect(started).toEqual(['a', 'b', 'c'])
  lane.add('a')
  expect(started).toEqual(['a', 'b', 'c', 'a'])
})

test('closing lets what runs end and drops what waits', async () => {
  const { lane, started, end } = held()
  for (const key of ['a', 'b', 'c']) lane.add(key)
  let closed = false
  const closing = lane[Symbol.asyncDispose]().then(() => {
    closed = true
  })
  await end('a')
  expect(closed).toBe(false)
  lane.add('d')
  await end('b')
  await closing
  expect(started).toEqual(['a', 'b'])
})
