import { fork } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { type ChildPoolOptions, openChildPool } from '../../src/inference/child-pool.ts'
import type { Job } from './unruly-child.ts'

type Who = { pid: number; setup: string; environment: string[] }

function pool(options: Partial<ChildPoolOptions> = {}) {
  const children = openChildPool<Job, Who, Job, Who>({
    entry: new URL('./unruly-child.ts', import.meta.url),
    setup: 'set up',
    size: 1,
    startTimeoutMs: 60_000,
    jobTimeoutMs: 60_000,
    maxRssBytes: 10 * 1024 * 1024 * 1024,
    ...options,
  })
  onTestFinished(() => children[Symbol.asyncDispose]())
  return children
}

const failure = (code: string, message: RegExp = /./) =>
  expect.objectContaining({ name: 'Failure', code, message: expect.stringMatching(message) })

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const gone = (pid: number) => expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false)

test('a child is set up once, keeps working, and gets no more of the environment than it needs', async () => {
  process.env.MCADS_SECRET_FOR_TEST = 'secret'
  onTestFinished(() => void delete process.env.MCADS_SECRET_FOR_TEST)
  const { run } = pool()
  const first = await run({ do: 'who' })
  expect(first.setup).toBe('set up')
  expect(first.environment).not.toContain('MCADS_SECRET_FOR_TEST')
  expect((await run({ do: 'who' })).pid).toBe(first.pid)
})

test('typed arrays go there and back as they are', async () => {
  const value = Float32Array.from({ length: 100_000 }, (_, i) => i / 7)
  expect(await pool().run({ do: 'answer', value })).toEqual(value)
})

test('as many jobs run at a time as there are children, the others wait for their turn', async () => {
  const { run } = pool({ size: 2 })
  const answers = await Promise.all(Array.from({ length: 6 }, () => run({ do: 'wait' })))
  expect(new Set(answers.map(({ pid }) => pid)).size).toBe(2)
})

test('of two jobs for one child the first is answered before the next is done, and no other job comes between', async () => {
  const { run, runBoth } = pool()
  const order: string[] = []
  const both = runBoth({ do: 'who' }, { do: 'wait' })
  const other = run({ do: 'who' }).finally(() => order.push('other'))
  const [first, next] = await both
  order.push('first')
  const { pid } = await next.finally(() => order.push('next'))
  expect([first.pid, (await other).pid]).toEqual([pid, pid])
  expect(order).toEqual(['first', 'next', 'other'])
})

test('where the first of two jobs fails the next is not asked; where the next fails, the first was answered', async () => {
  const { run, runBoth } = pool()
  await expect(runBoth({ do: 'fail' }, { do: 'who' })).rejects.toThrow(failure('PIXELS_UNREADABLE'))
  const [{ pid }, next] = await runBoth({ do: 'who' }, { do: 'crash' })
  await expect(next).rejects.toThrow(failure('CHILD_DIED', /exit code 3/))
  expect((await run({ do: 'who' })).pid).not.toBe(pid)
})

test('a next job that nobody waits for may fail', async () => {
  const { run, runBoth } = pool()
  await runBoth({ do: 'who' }, { do: 'fail' })
  expect((await run({ do: 'who' })).setup).toBe('set up')
})

test("a job's Failure comes back with its code, and a new child takes the next job", async () => {
  const { run } = pool()
  const { pid } = await run({ do: 'who' })
  await expect(run({ do: 'fail' })).rejects.toThrow(failure('PIXELS_UNREADABLE', /as asked/))
  await gone(pid)
  expect((await run({ do: 'who' })).pid).not.toBe(pid)
})

test('what else a job throws comes back with the code its child gives', async () => {
  await expect(pool().run({ do: 'throw' })).rejects.toThrow(failure('INTERNAL'))
})

test('a job that hangs is killed at its time limit, and the next one is done', async () => {
  const { run } = pool({ jobTimeoutMs: 500 })
  const { pid } = await run({ do: 'who' })
  const [hung, next] = await Promise.allSettled([run({ do: 'hang' }), run({ do: 'who' })])
  expect(hung).toMatchObject({ reason: failure('CHILD_TIMED_OUT', /500 ms/) })
  expect(next).toMatchObject({ status: 'fulfilled' })
  expect(isRunning(pid)).toBe(false)
})

test('a child that ends in the middle of a job fails that job only', async () => {
  const { run } = pool()
  const [crashed, next] = await Promise.allSettled([run({ do: 'crash' }), run({ do: 'who' })])
  expect(crashed).toMatchObject({ reason: failure('CHILD_DIED', /exit code 3/) })
  expect(next).toMatchObject({ status: 'fulfilled' })
})

test('a child killed in the middle of a job fails that job; one killed between two jobs fails none', async () => {
  const { run } = pool()
  const { pid } = await run({ do: 'who' })
  const hung = expect(run({ do: 'hang' })).rejects.toThrow(failure('CHILD_DIED', /SIGKILL/))
  setTimeout(() => process.kill(pid, 'SIGKILL'), 100)
  await hung
  const second = await run({ do: 'who' })
  process.kill(second.pid, 'SIGKILL')
  await gone(second.pid)
  expect((await run({ do: 'who' })).pid).not.toBe(second.pid)
})

test('a child that cannot be set up says why, every time', async () => {
  const { run } = pool({ setup: 'refuse' })
  await expect(run({ do: 'who' })).rejects.toThrow(failure('MODEL_INVALID', /cannot be set up/))
  await expect(run({ do: 'who' })).rejects.toThrow(failure('MODEL_INVALID', /cannot be set up/))
})

test('a child whose entry cannot be started fails its job', async () => {
  const entry = new URL('./no-such-child.ts', import.meta.url)
  await expect(pool({ entry }).run({ do: 'who' })).rejects.toThrow(failure('CHILD_DIED'))
})

test('a child that has grown too large is replaced after its job', async () => {
  const { run } = pool({ maxRssBytes: 1 })
  const { pid } = await run({ do: 'who' })
  expect(isRunning(pid)).toBe(false)
  expect((await run({ do: 'who' })).pid).not.toBe(pid)
})

test('closing ends every child, the jobs under way and those in line', async () => {
  const children = pool()
  const { pid } = await children.run({ do: 'who' })
  const jobs = Promise.allSettled([children.run({ do: 'hang' }), children.run({ do: 'who' })])
  await children[Symbol.asyncDispose]()
  expect(isRunning(pid)).toBe(false)
  for (const job of await jobs) expect(job).toMatchObject({ reason: failure('CHILD_DIED') })
  await expect(children.run({ do: 'who' })).rejects.toThrow(failure('CHILD_DIED'))
})

test('a child that hangs ends when its parent is killed', async () => {
  const tsx = import.meta.resolve?.('tsx') ?? 'tsx'
  const parent = fork(new URL('./orphaned-parent.ts', import.meta.url), { execArgv: ['--import', tsx] })
  onTestFinished(() => void parent.kill('SIGKILL'))
  const [{ result }] = (await once(parent, 'message')) as [{ result: Who }]
  expect(isRunning(result.pid)).toBe(true)
  parent.kill('SIGKILL')
  await gone(result.pid)
})
