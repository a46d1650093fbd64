import { Failure } from '../failure.ts'
import type { JOB_OPTIONS } from './jobs.ts'

/** Where BullMQ keeps its jobs: PostgreSQL or Redis. */
export type JobStore = AsyncDisposable & {
  producer(name: string): Promise<Producer>
  /** Starts working at once. `onError` hears, now and then, of a store that cannot be reached. */
  consumer(name: string, process: (data: unknown) => Promise<void>, options: ConsumerOptions): Consumer
  /** Waits for a consumer to be at work, where that can fail for good. @throws Failure QUEUE_UNAVAILABLE */
  ready(consumer: Consumer): Promise<void>
  /** @throws Failure QUEUE_UNAVAILABLE when it is known that the store cannot be reached. */
  check(): void
}

/** BullMQ's Queue, as far as it is used. */
export type Producer = {
  add(name: string, data: unknown, options: typeof JOB_OPTIONS & { jobId: string }): Promise<unknown>
  count(): Promise<number>
  close(): Promise<void>
}

/** BullMQ's Worker, as far as it is used. */
export type Consumer = { waitUntilReady(): Promise<void>; close(): Promise<void>; disconnect(): Promise<void> }
type ConsumerOptions = { readonly concurrency: number; readonly onError: (failure: Failure) => void }

/** A store that does not answer is given up after so long, */
export const ANSWER_MS = 5_000
/** and one that does not let go, after so long. */
export const CLOSE_MS = 1_000

/** The same for both: events are of no use to us, retries after an error are soon. */
export const PRODUCER_OPTIONS = { streams: { events: { maxLen: 100 } } }
export const CONSUMER_OPTIONS = { runRetryDelay: 1_000, drainDelay: 5 }

const REPORT_EVERY_MS = 10_000

/** A store that is down fails many times a second: tells of it now and then. */
export function reportNowAndThen(onError: (failure: Failure) => void): (error: Error) => void {
  let last = Number.NEGATIVE_INFINITY
  return (error) => {
    if (performance.now() - last < REPORT_EVERY_MS) return
    last = performance.now()
    onError(unavailable(error))
  }
}

function unavailable(error: unknown): Failure {
  if (error instanceof Failure) return error
  const message = error instanceof Error ? error.message : String(error)
  return new Failure('QUEUE_UNAVAILABLE', `queue: ${message}`, { cause: error })
}

/** What `work` gives, or Failure QUEUE_UNAVAILABLE when it fails or takes longer than `limitMs`. */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    const late = () => reject(new Failure('QUEUE_UNAVAILABLE', `queue: no answer in ${limitMs} ms`))
    timer = setTimeout(late, limitMs)
  })
  try {
    return await Promise.race([work, limit])
  } catch (error) {
    throw unavailable(error)
  } finally {
    clearTimeout(timer)
  }
}
