import { asFailure } from '../failure.ts'
import { repeat } from '../lifecycle.ts'
import type { Events } from '../observe/events.ts'

/** Work done again and again; a failure is told and the next turn tries anew. */
export const sweep = (events: Events, name: string, everyMs: number, work: () => Promise<unknown>): AsyncDisposable =>
  repeat(everyMs, work, (error) => events.sweepFailed(name, asFailure(error, 'INTERNAL')))
