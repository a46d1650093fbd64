import { expect, test } from 'vitest'
import { isWaitingForRows } from '../../src/receive/recover-instances.ts'

const waiting = (...ages: number[]) => isWaitingForRows({ arrivedAges: async () => ages })

test('an acknowledged instance whose row is late holds up the completion of studies', async () => {
  expect(await waiting(5, 1000)).toBe(true)
  expect(await waiting(30_000)).toBe(true)
})

test('instances that were stored just now hold up nothing, nor does a file that no row can be made for', async () => {
  expect(await waiting()).toBe(false)
  expect(await waiting(5, 20, 200)).toBe(false)
  expect(await waiting(120_000)).toBe(false)
})
