import { asFailure, Failure } from '../failure.ts'
import { type Child, type ChildOptions, forkChild, type Reply } from './child.ts'

export type ChildPoolOptions = ChildOptions & {
  readonly size: number
  /** A child that has grown beyond this is replaced after its job. */
  readonly maxRssBytes: number
}

/** Jobs for child processes that may hang, crash or be killed; each does one at a time, the rest wait in line. */
export type ChildPool<Job, Result> = AsyncDisposable & {
  /** @throws Failure CHILD_TIMED_OUT, CHILD_DIED, or the child's own with its code */
  run(job: Job): Promise<Result>
  /** What became of the last child that failed to answer; undefined once one has answered again. */
  trouble(): Failure | undefined
}

type Slot = { child?: Child | undefined }

/** Children start when first needed and are replaced after anything but success. */
export function openChildPool<Job, Result>(options: ChildPoolOptions): ChildPool<Job, Result> {
  const slots: Slot[] = Array.from({ length: options.size }, () => ({}))
  const { take, giveBack } = turns(slots)
  const running = new Set<Promise<unknown>>()
  let closed = false
  let trouble: Failure | undefined
  const work = async (job: Job): Promise<Result> => {
    const slot = await take()
    try {
      if (closed) throw closing()
      const result = await runIn<Result>(slot, options, job)
      trouble = undefined
      return result
    } catch (error) {
      const failure = asFailure(error, 'CHILD_DIED')
      if (failure.code === 'CHILD_DIED' || failure.code === 'CHILD_TIMED_OUT') trouble = failure
      throw failure
    } finally {
      giveBack(slot)
    }
  }
  return {
    run(job) {
      if (closed) return Promise.reject(closing())
      const result = work(job)
      const settled = result.catch(() => undefined).finally(() => running.delete(settled))
      running.add(settled)
      return result
    },
    trouble: () => trouble,
    async [Symbol.asyncDispose]() {
      closed = true
      await Promise.all(slots.map((slot) => slot.child?.kill()))
      await Promise.all(running)
    },
  }
}

/** Slots to those who ask, first come, first served. */
function turns(slots: readonly Slot[]) {
  const free = [...slots]
  const waiting: ((slot: Slot) => void)[] = []
  return {
    take: async (): Promise<Slot> => free.pop() ?? new Promise((resolve) => waiting.push(resolve)),
    giveBack(slot: Slot): void {
      const next = waiting.shift()
      if (next) next(slot)
      else free.push(slot)
    },
  }
}

const closing = () => new Failure('CHILD_DIED', 'the child processes are being stopped')

async function runIn<Result>(slot: Slot, options: ChildPoolOptions, job: unknown): Promise<Result> {
  if (!slot.child?.alive()) slot.child = forkChild(options)
  const { child } = slot
  let keep = false
  try {
    const reply = await child.run(job)
    if ('failure' in reply) throw new Failure(reply.failure.code, reply.failure.message)
    keep = reply.rssBytes <= options.maxRssBytes
    return resultOf<Result>(reply)
  } finally {
    if (!keep) {
      slot.child = undefined
      await child.kill()
    }
  }
}

/** The one place where a child's word is taken for its type. */
const resultOf = <Result>(reply: Reply & { result: unknown }): Result => reply.result as Result
