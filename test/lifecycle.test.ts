import { expect, test } from 'vitest'
import { Resources, repeat } from '../src/lifecycle.ts'

test('resources close in reverse order, all of them although one fails', async () => {
  const closed: string[] = []
  const resources = new Resources()
  resources.defer(() => void closed.push('first'))
  resources.defer(() => {
    throw new Error('stuck')
  })
  resources.use({ [Symbol.asyncDispose]: async () => void closed.push('last') })
  await expect(resources[Symbol.asyncDispose]()).rejects.toThrow('closing failed')
  expect(closed).toEqual(['last', 'first'])
})

test('moved resources are closed by their new owner alone', async () => {
  const closed: string[] = []
  const opening = new Resources()
  opening.defer(() => void closed.push('it'))
  const owner = opening.move()
  await opening[Symbol.asyncDispose]()
  expect(closed).toEqual([])
  await owner[Symbol.asyncDispose]()
  expect(closed).toEqual(['it'])
})

test('repeated work goes on after an error, and closing waits for the call under way', async () => {
  let calls = 0
  const errors: unknown[] = []
  let underWay = false
  const repeated = repeat(
    1,
    async () => {
      underWay = true
      await new Promise((resolve) => setTimeout(resolve, 5))
      underWay = false
      calls += 1
      if (calls === 1) throw new Error('once')
    },
    (error) => errors.push(error),
  )
  while (calls < 3) await new Promise((resolve) => setTimeout(resolve, 5))
  await repeated[Symbol.asyncDispose]()
  expect(underWay).toBe(false)
  expect(errors).toHaveLength(1)
})
