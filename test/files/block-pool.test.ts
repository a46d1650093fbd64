import { expect, test } from 'vitest'
import { BlockPool } from '../../src/files/block-pool.ts'

test('a block that was given back is taken again, the last one first', () => {
  const pool = new BlockPool(1000, 2)
  const [one, other] = [pool.take(), pool.take()]
  expect(one).toHaveLength(1000)
  pool.give(one)
  pool.give(other)
  expect(pool.take()).toBe(other)
  expect(pool.take()).toBe(one)
  expect(pool.take()).not.toBe(one)
})

test('no more blocks are kept than are allowed', () => {
  const pool = new BlockPool(8, 1)
  const [one, other] = [pool.take(), pool.take()]
  pool.give(one)
  pool.give(other)
  expect(pool.take()).toBe(one)
  expect(pool.take()).not.toBe(other)
})
