import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openQueue, type Queue, type QueueOptions } from '../../src/queue/queue.ts'
import { parseStudyId, type StudyId } from '../../src/study/identifiers.ts'
import { cutConnections, emptyDatabase, testDatabase } from '../support/database.ts'
import { describeWith } from '../support/needs.ts'
import { testRedis } from '../support/redis.ts'

const STUDY = parseStudyId('7')
const onError = (error: unknown) => {
  throw error
}

async function open(options: QueueOptions): Promise<Queue> {
  const queue = await openQueue(options)
  onTestFinished(() => queue[Symbol.asyncDispose]())
  return queue
}

type Rung = { studyId: StudyId; revision: number }

/** A worker and what it heard. */
async function worker(queue: Queue): Promise<Rung[]> {
  const heard: Rung[] = []
  await queue.work('analyse-study', async (payload) => heard.push(payload), { concurrency: 2, onError })
  return heard
}

function behaviour(store: () => Promise<QueueOptions['store']>): void {
  test('a job rung in one process is heard in another', async () => {
    const options = { store: await store() }
    const [ringer, listener] = [await open(options), await open(options)]
    const heard = await worker(listener)
    await ringer.ring('analyse-study', { studyId: STUDY, revision: 2 }, 0)
    await vi.waitFor(() => expect(heard).toEqual([{ studyId: STUDY, revision: 2 }]), 5_000)
  })

  test('jobs rung before a worker came are heard when it comes, each attempt once', async () => {
    const queue = await open({ store: await store() })
    await queue.ring('analyse-study', { studyId: STUDY, revision: 1 }, 0)
    await queue.ring('analyse-study', { studyId: STUDY, revision: 1 }, 0)
    await queue.ring('analyse-study', { studyId: STUDY, revision: 1 }, 1)
    const heard = await worker(queue)
    await queue.ring('analyse-study', { studyId: STUDY, revision: 9 }, 0)
    await vi.waitFor(() => expect(heard).toContainEqual({ studyId: STUDY, revision: 9 }), 5_000)
    expect(heard).toHaveLength(3)
  })

  test('the same attempt can be rung again once its job was heard', async () => {
    const queue = await open({ store: await store() })
    const heard = await worker(queue)
    for (const times of [1, 2]) {
      await vi.waitFor(async () => {
        await queue.ring('analyse-study', { studyId: STUDY, revision: 1 }, 0)
        expect(heard.length).toBeGreaterThanOrEqual(times)
      }, 5_000)
    }
  })

  test('a destination with a colon in its name makes a valid job', async () => {
    const queue = await open({ store: await store() })
    const heard: string[] = []
    const handler = async ({ destination }: { destination: string }) => heard.push(destination)
    await queue.work('deliver-result', handler, { concurrency: 1, onError })
    await queue.ring('deliver-result', { studyId: STUDY, destination: 'pacs:11112 é' }, 3)
    await vi.waitFor(() => expect(heard).toEqual(['pacs:11112 é']), 5_000)
  })

  test('what a handler throws is told, and the worker works on', async () => {
    const queue = await open({ store: await store() })
    const errors: unknown[] = []
    const heard: number[] = []
    const handler = async ({ revision }: Rung) => {
      if (revision === 1) throw new Error('revision 1')
      heard.push(revision)
    }
    await queue.work('analyse-study', handler, { concurrency: 1, onError: (error) => errors.push(error) })
    await queue.ring('analyse-study', { studyId: STUDY, revision: 1 }, 0)
    await queue.ring('analyse-study', { studyId: STUDY, revision: 2 }, 0)
    await vi.waitFor(() => expect(heard).toEqual([2]), 5_000)
    expect(errors).toEqual([new Error('revision 1')])
  })

  test('no more handlers run at once than its concurrency', async () => {
    const queue = await open({ store: await store() })
    let [atWork, most, done] = [0, 0, 0]
    const handler = async () => {
      most = Math.max(most, ++atWork)
      await new Promise((resolve) => setTimeout(resolve, 30))
      atWork--
      done++
    }
    await queue.work('analyse-study', handler, { concurrency: 3, onError })
    for (let revision = 1; revision <= 9; revision++) await queue.ring('analyse-study', { studyId: STUDY, revision }, 0)
    await vi.waitFor(() => expect(done).toBe(9), 5_000)
    expect(most).toBe(3)
  })

  test('closing waits for the handler under way', async () => {
    const queue = await openQueue({ store: await store() })
    let ended = false
    const started = new Promise<void>((resolve) => {
      const handler = async () => {
        resolve()
        await new Promise((after) => setTimeout(after, 200))
        ended = true
      }
      void queue.work('analyse-study', handler, { concurrency: 1, onError })
    })
    await queue.ring('analyse-study', { studyId: STUDY, revision: 1 }, 0)
    await started
    await queue[Symbol.asyncDispose]()
    expect(ended).toBe(true)
  })

  test('closing does not wait for ever for a handler that hangs', async () => {
    const queue = await openQueue({ store: await store(), drainMs: 100 })
    const started = new Promise<void>((resolve) => {
      const handler = () => {
        resolve()
        return new Promise(() => {})
      }
      void queue.work('analyse-study', handler, { concurrency: 1, onError })
    })
    await queue.ring('analyse-study', { studyId: STUDY, revision: 1 }, 0)
    await started
    const before = performance.now()
    await queue[Symbol.asyncDispose]()
    expect(performance.now() - before).toBeLessThan(4_000)
  })

  test('answers a ping', async () => {
    const queue = await open({ store: await store() })
    await expect(queue.ping()).resolves.toBeUndefined()
  })
}

describe('the queue in PostgreSQL', () => {
  behaviour(async () => ({ databaseUrl: (await testDatabase()).url }))

  test('makes its tables in an empty database', async () => {
    const { url } = await emptyDatabase()
    const queue = await open({ store: { databaseUrl: url } })
    const heard = await worker(queue)
    await queue.ring('analyse-study', { studyId: STUDY, revision: 1 }, 0)
    await vi.waitFor(() => expect(heard).toHaveLength(1), 5_000)
  })

  test('ringer and worker go on after their connections were cut', async () => {
    const database = await testDatabase()
    const queue = await open({ store: { databaseUrl: database.url } })
    const heard: Rung[] = []
    const errors: unknown[] = []
    const options = { concurrency: 1, onError: (error: unknown) => errors.push(error) }
    await queue.work('analyse-study', async (payload) => heard.push(payload), options)
    await cutConnections(database)
    await vi.waitFor(() => queue.ring('analyse-study', { studyId: STUDY, revision: 1 }, 0), 5_000)
    await vi.waitFor(() => expect(heard).toHaveLength(1), 10_000)
    expect(errors).toEqual([expect.objectContaining({ code: 'QUEUE_UNAVAILABLE' })])
  })

  test('does not open without its server', async () => {
    const store = { databaseUrl: 'postgresql://nobody@%2Ftmp%2Fnowhere/none' }
    await expect(openQueue({ store })).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' })
  })
})

describeWith(['redis-server'], 'the queue in Redis', () => {
  behaviour(async () => ({ redisUrl: (await testRedis()).url }))

  test('a worker goes on with jobs rung after FLUSHALL', async () => {
    const redis = await testRedis()
    const queue = await open({ store: { redisUrl: redis.url } })
    const heard = await worker(queue)
    await queue.ring('analyse-study', { studyId: STUDY, revision: 1 }, 0)
    await vi.waitFor(() => expect(heard).toHaveLength(1), 5_000)
    await redis.flush()
    await queue.ring('analyse-study', { studyId: STUDY, revision: 2 }, 0)
    await vi.waitFor(() => expect(heard).toHaveLength(2), 5_000)
  })

  test('a worker whose job vanished with FLUSHALL while it was under way goes on', async () => {
    const redis = await testRedis()
    const queue = await open({ store: { redisUrl: redis.url } })
    const heard: number[] = []
    const handler = async ({ revision }: Rung) => {
      if (revision === 1) await redis.flush()
      heard.push(revision)
    }
    await queue.work('analyse-study', handler, { concurrency: 1, onError: () => {} })
    await queue.ring('analyse-study', { studyId: STUDY, revision: 1 }, 0)
    await vi.waitFor(() => expect(heard).toEqual([1]), 5_000)
    await queue.ring('analyse-study', { studyId: STUDY, revision: 2 }, 0)
    await vi.waitFor(() => expect(heard).toEqual([1, 2]), 5_000)
  })

  test('while Redis is down ringing fails soon; after its restart ringer and worker go on', async () => {
    const redis = await testRedis()
    const queue = await open({ store: { redisUrl: redis.url } })
    const heard: Rung[] = []
    const errors: unknown[] = []
    const options = { concurrency: 1, onError: (error: unknown) => errors.push(error) }
    await queue.work('analyse-study', async (payload) => heard.push(payload), options)
    await redis.kill()
    const unavailable = { code: 'QUEUE_UNAVAILABLE', retry: 'transient' }
    await expect(queue.ring('analyse-study', { studyId: STUDY, revision: 1 }, 0)).rejects.toMatchObject(unavailable)
    await expect(queue.ping()).rejects.toMatchObject(unavailable)
    await vi.waitFor(() => expect(errors).toEqual([expect.objectContaining(unavailable)]), 5_000)
    await redis.start()
    await vi.waitFor(() => queue.ring('analyse-study', { studyId: STUDY, revision: 2 }, 0), 10_000)
    await vi.waitFor(() => expect(heard).toContainEqual({ studyId: STUDY, revision: 2 }), 20_000)
  })

  test('opens and closes while Redis is down, and works once it is there', async () => {
    const redis = await testRedis()
    await redis.kill()
    const queue = await open({ store: { redisUrl: redis.url }, connectMs: 100, drainMs: 100 })
    const heard: Rung[] = []
    await queue.work('analyse-study', async (payload) => heard.push(payload), { concurrency: 1, onError: () => {} })
    await redis.start()
    await vi.waitFor(() => queue.ring('analyse-study', { studyId: STUDY, revision: 1 }, 0), 10_000)
    await vi.waitFor(() => expect(heard).toHaveLength(1), 10_000)
    await redis.kill()
    await queue[Symbol.asyncDispose]()
  })
})
