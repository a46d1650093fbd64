import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { Failure } from '../failure.ts'
import { CONSUMER_OPTIONS, type JobStore, PRODUCER_OPTIONS, reportNowAndThen, within } from './job-store.ts'

const PREFIX = 'mcads'

/** Opens also while Redis is down: then nothing rings, and the sweeps find what is owed once it is back. */
export async function openRedisJobs(url: string, connectMs: number): Promise<JobStore> {
  const connection = new Redis(url, {
    // BullMQ's condition: a command waits for the connection to come back.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(times * 100, 2_000),
  })
  connection.on('error', () => {})
  const ready = new Promise<void>((resolve) => connection.once('ready', () => resolve()))
  await within(connectMs, ready).catch(() => {})
  return {
    async producer(name) {
      const queue = new Queue(name, { connection, prefix: PREFIX, ...PRODUCER_OPTIONS })
      queue.on('error', () => {})
      return queue
    },
    consumer(name, process, { concurrency, onError }) {
      const options = { connection, prefix: PREFIX, concurrency, ...CONSUMER_OPTIONS }
      const worker = new Worker(name, ({ data }) => process(data), options)
      worker.on('error', reportNowAndThen(onError))
      return worker
    },
    async ready() {},
    check() {
      if (connection.status !== 'ready') throw new Failure('QUEUE_UNAVAILABLE', 'Redis cannot be reached')
    },
    async [Symbol.asyncDispose]() {
      connection.disconnect()
    },
  }
}
