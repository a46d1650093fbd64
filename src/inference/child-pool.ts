import { asFailure, Failure } from '../failure.ts'
import { type Child, type ChildOptions, forkChild, type Reply } from './child.ts'

export type ChildPoolOptions = ChildOptions & {
  readonly size: number
  /** A child that has grown beyond this is replaced after its job. */
  readonly maxRssBytes: number
}

/** Jobs for child processes that may hang, crash or be killed; each does one at a time, the rest wait in line. */
export type ChildPool<Job, Result, NextJob = never, NextResult = never> = AsyncDisposable & {
  /** @throws Failure CHILD_TIMED_OUT, CHILD_DIED, or the child's own with its code */
  run(job: Job): Promise<Result>
  /**
   * Resolves when the first is done; the next one is under way then, in the same child unless that had to be replaced.
   * Nobody has to wait for it. @throws Failure as `run`
   */
  runBoth(job: Job, next: NextJob): Promise<readonly [Result, Promise<NextResult>]>
  /** What became of the last child that failed to answer; undefined once one has answered again. */
  trouble(): Failure | undefined
}

type Slot = { child?: Child | undefined }

/** Children start when first needed and are replaced after anything but success. */
export function openChildPool<Job, Result, NextJob = never, NextResult = never>(
  options: ChildPoolOptions,
): ChildPool<Job, Result, NextJob, NextResult> {
  const slots: Slot[] = Array.from({ length: options.size }, () => ({}))
  const { take, giveBack } = turns(slots)
  const running = new Set<Promise<unknown>>()
  let closed = false
  let trouble: Failure | undefined
  const ask = async <T>(slot: Slot, job: Job | NextJob): Promise<T> => {
    try {
      if (closed) throw closing()
      const result = await runIn<T>(slot, options, job)
      trouble = undefined
      return result
    } catch (error) {
      const failure = asFailure(error, 'CHILD_DIED')
      if (failure.code === 'CHILD_DIED' || failure.code === 'CHILD_TIMED_OUT') trouble = failure
      throw failure
    }
  }
  const inSlot = <T>(work: (slot: Slot) => Promise<T>): Promise<T> => {
    if (closed) return Promise.reject(closing())
    const result = take().then((slot) => work(slot).finally(() => giveBack(slot)))
    const settled = result.catch(() => undefined).finally(() => running.delete(settled))
    running.add(settled)
    return result
  }
  return {
    run: (job) => inSlot((slot) => ask(slot, job)),
    runBoth: (job, next) =>
      new Promise((resolve, reject) => {
        inSlot(async (slot) => {
          const first = await ask<Result>(slot, job)
          const second = ask<NextResult>(slot, next)
          resolve([first, second])
          await second
        }).catch(reject)
      }),
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
