import { asFailure } from '../failure.ts'
import { repeat } from '../lifecycle.ts'
import type { Events } from '../observe/events.ts'

const TELL_AGAIN_MS = 60_000

/** Work done again and again. A failure is told, the next turn tries anew; the same failure is told once a minute. */
export function sweep(events: Events, name: string, everyMs: number, work: () => Promise<unknown>): AsyncDisposable {
  const toldAt = new Map<string, number>()
  return repeat(everyMs, work, (error) => {
    const failure = asFailure(error, 'INTERNAL')
    if (performance.now() - (toldAt.get(failure.code) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS) return
    toldAt.set(failure.code, performance.now())
    events.sweepFailed(name, failure)
  })
}
