import { Resources } from '../lifecycle.ts'
import { ANSWER_MS, CLOSE_MS, type Consumer, type JobStore, type Producer, within } from './job-store.ts'
import { JOB_OPTIONS, type JobName, type Jobs, jobId, parsePayload } from './jobs.ts'
import { openPostgresJobs } from './postgres-jobs.ts'
import { openRedisJobs } from './redis-jobs.ts'

type WorkOptions = {
  /** Handlers at work at once. */
  readonly concurrency: number
  /** Hears what a handler throws, and Failure QUEUE_UNAVAILABLE when the queue cannot be reached. */
  readonly onError: (error: unknown) => void
}

/** The bell between the roles. It may lose what it was told, at any time: only rows say what is owed. */
export type Queue = AsyncDisposable & {
  /**
   * Has a worker look at the rows. Ringing again for the same attempt is harmless.
   * @throws Failure QUEUE_UNAVAILABLE within seconds
   */
  ring<Name extends JobName>(name: Name, payload: Jobs[Name], attempt: number): Promise<void>
  /** Works until what it returns, or the queue, is closed: then no job is taken, and those under way end. @throws Failure QUEUE_UNAVAILABLE when PostgreSQL cannot be reached. */
  work<Name extends JobName>(
    name: Name,
    handler: (payload: Jobs[Name]) => Promise<unknown>,
    options: WorkOptions,
  ): Promise<AsyncDisposable>
  /** @throws Failure QUEUE_UNAVAILABLE */
  ping(): Promise<void>
}

export type QueueOptions = {
  /** Jobs in Redis, or in the database. */
  readonly store: { readonly redisUrl: string } | { readonly databaseUrl: string }
  /** How long opening waits for Redis. */
  readonly connectMs?: number
  /** How long closing waits for handlers under way. */
  readonly drainMs?: number
}

/** @throws Failure QUEUE_UNAVAILABLE when PostgreSQL cannot be reached; Redis may come later. */
export async function openQueue({ store, connectMs = ANSWER_MS, drainMs = 20_000 }: QueueOptions): Promise<Queue> {
  await using resources = new Resources()
  const jobs = resources.use(
    'redisUrl' in store ? await openRedisJobs(store.redisUrl, connectMs) : openPostgresJobs(store.databaseUrl),
  )
  const producers = {
    'analyse-study': await openProducer(jobs, resources, 'analyse-study'),
    'deliver-result': await openProducer(jobs, resources, 'deliver-result'),
  }
  const consumers = new Set<Consumer>()
  const stop = async (consumer: Consumer) => {
    if (consumers.delete(consumer)) await drain(consumer, drainMs)
  }
  resources.defer(async () => void (await Promise.all([...consumers].map(stop))))
  const opened = resources.move()
  return {
    async ring(name, payload, attempt) {
      jobs.check()
      const options = { ...JOB_OPTIONS, jobId: jobId(name, payload, attempt) }
      await within(ANSWER_MS, producers[name].add(name, payload, options))
    },
    async work(name, handler, { concurrency, onError }) {
      const process = async (data: unknown) => {
        // Nothing is lost with the job: the lease in the row ends, and a sweep rings again.
        await (async () => handler(parsePayload(name, data)))().catch(onError)
      }
      const consumer = jobs.consumer(name, process, { concurrency, onError })
      // Before anything else: it may be at work already, and closing must wait for it.
      consumers.add(consumer)
      await jobs.ready(consumer)
      return { [Symbol.asyncDispose]: () => stop(consumer) }
    },
    async ping() {
      jobs.check()
      await within(ANSWER_MS, producers['analyse-study'].count())
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

async function openProducer(jobs: JobStore, resources: Resources, name: JobName): Promise<Producer> {
  const producer = await jobs.producer(name)
  resources.defer(() => within(CLOSE_MS, producer.close()).catch(() => {}))
  return producer
}

/** Takes no more jobs and waits for those under way, but not for ever. */
async function drain(consumer: Consumer, drainMs: number): Promise<void> {
  await within(drainMs, consumer.close()).catch(() => within(CLOSE_MS, consumer.disconnect()).catch(() => {}))
}
