import { createPostgresBackend, withBackend } from 'bullmq'
import { ANSWER_MS, CONSUMER_OPTIONS, type JobStore, PRODUCER_OPTIONS, reportNowAndThen, within } from './job-store.ts'

const { Queue, Worker } = withBackend(createPostgresBackend)

/** BullMQ's tables live in a schema of their own; they are made or brought up to date here. */
export function openPostgresJobs(url: string): JobStore {
  // Every producer and consumer opens a pool, every consumer one connection more to LISTEN.
  const connection = {
    connectionString: url,
    schema: 'bullmq',
    max: 2,
    application_name: 'mcads-queue',
    connectionTimeoutMillis: ANSWER_MS,
    keepAlive: true,
  }
  return {
    async producer(name) {
      const queue = new Queue(name, { connection: { ...connection, migrate: true }, ...PRODUCER_OPTIONS })
      queue.on('error', () => {})
      await ready(queue)
      return queue
    },
    consumer(name, process, { concurrency, onError }) {
      const worker = new Worker(name, ({ data }) => process(data), { connection, concurrency, ...CONSUMER_OPTIONS })
      worker.on('error', reportNowAndThen(onError))
      return worker
    },
    ready,
    check() {},
    async [Symbol.asyncDispose]() {},
  }
}

/** BullMQ never tries its first connection again: one that failed is of no use. */
async function ready(opened: { waitUntilReady(): Promise<void>; close(): Promise<void> }): Promise<void> {
  await within(2 * ANSWER_MS, opened.waitUntilReady()).catch(async (error: unknown) => {
    await opened.close()
    throw error
  })
}
