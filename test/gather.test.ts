import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Gathering } from '../src/gather.ts'

/** Doubles, and notes what was asked for together. */
function doubling(options = {}) {
  const calls: number[][] = []
  const gathering = new Gathering<number, number>(async (numbers) => {
    calls.push(numbers)
    await sleep(20)
    if (numbers.includes(13)) throw new Error('unlucky')
    return numbers.map((each) => 2 * each)
  }, options)
  return { gathering, calls }
}

test('the first is not kept waiting; those who come meanwhile go together, and each gets its own answer', async () => {
  const { gathering, calls } = doubling()
  expect(await Promise.all([1, 2, 3, 4].map((each) => gathering.ask(each)))).toEqual([2, 4, 6, 8])
  expect(calls).toEqual([[1], [2, 3, 4]])
  expect(await gathering.ask(5)).toBe(10)
})

test('a failure reaches all who went together, and nobody else', async () => {
  const { gathering } = doubling()
  const settled = await Promise.allSettled([1, 12, 13, 14].map((each) => gathering.ask(each)))
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected'])
  expect(await gathering.ask(15)).toBe(30)
})

test('no more than so many go together', async () => {
  const { gathering, calls } = doubling({ most: 2 })
  await Promise.all([1, 2, 3, 4, 5].map((each) => gathering.ask(each)))
  expect(calls).toEqual([[1], [2, 3], [4, 5]])
})

test('the first may wait for others, unless somebody is in a hurry', async () => {
  const { gathering, calls } = doubling({ lingerMs: 60_000 })
  const both = [gathering.ask(1), gathering.ask(2)]
  await sleep(30)
  expect(calls).toEqual([])
  gathering.hurry()
  expect(await Promise.all(both)).toEqual([2, 4])
  expect(calls).toEqual([[1, 2]])
})

test('the first waits for no longer than it should', async () => {
  const { gathering, calls } = doubling({ lingerMs: 50 })
  await Promise.all([gathering.ask(1), sleep(10).then(() => gathering.ask(2))])
  expect(calls).toEqual([[1, 2]])
})

test('work that answers fewer than asked fails them all', async () => {
  const gathering = new Gathering<number, number>(async () => [])
  await expect(gathering.ask(1)).rejects.toThrow('not all')
})
