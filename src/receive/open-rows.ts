import { type Content, findContent } from '../db/instance.ts'
import { Failure } from '../failure.ts'
import type { StoredInstance } from '../files/instance-files.ts'
import { Gathering } from '../gather.ts'
import { type Arrived, type Outcome, type RecordDeps, recordArrived } from './record-arrived.ts'

/** So many in one transaction, */
const TOGETHER = 200
/** which waits for so long for more of them, unless somebody waits for it; */
const LINGER_MS = 100
/** and so many that wait for one: more stay in arrived, where they are found later. */
const MOST_WAITING = 2000

/** Durable instances become rows here, many in one transaction, while more of them come. */
export type Rows = {
  /** @throws Failure DATABASE_UNAVAILABLE */
  contentOf(sopInstanceUid: string): Promise<Content | undefined>
  /** Of those alone that wait for their row. */
  waitingAs(sopInstanceUid: string): Content | undefined
  /** Resolves when the instance has its row. @throws Failure DATABASE_UNAVAILABLE, DISK_FULL */
  record(instance: StoredInstance, associationId: string): Promise<Outcome | Failure>
  /** Whether an instance waits for its row. */
  has(id: string): boolean
  /** Resolves when nothing that this association brought waits for its row. */
  recorded(associationId: string): Promise<void>
}

type Waiting = { readonly instance: StoredInstance; readonly associationId: string; readonly done: Promise<unknown> }

export function openRows(deps: RecordDeps): Rows {
  const waiting = new Map<string, Waiting>()
  const recording = new Gathering<Arrived, Outcome | Failure>((arrived) => recordArrived(deps, arrived), {
    most: TOGETHER,
    lingerMs: LINGER_MS,
  })
  const looking = new Gathering<string, Content | undefined>(async (sopInstanceUids) => {
    const held = await findContent(deps.db, sopInstanceUids)
    return sopInstanceUids.map((each) => held.get(each))
  })
  const waitingAs = (sopInstanceUid: string) =>
    [...waiting.values()].find(({ instance }) => instance.sopInstanceUid === sopInstanceUid)?.instance
  return {
    waitingAs,
    contentOf: async (sopInstanceUid) => waitingAs(sopInstanceUid) ?? looking.ask(sopInstanceUid),
    async record(instance, associationId) {
      if (waiting.size >= MOST_WAITING)
        throw new Failure('DATABASE_UNAVAILABLE', `${waiting.size} instances wait for their rows`)
      const done = recording.ask({ instance, associationId })
      waiting.set(instance.id, { instance, associationId, done })
      return done.finally(() => waiting.delete(instance.id))
    },
    has: (id) => waiting.has(id),
    async recorded(associationId) {
      recording.hurry()
      const own = [...waiting.values()].filter((each) => each.associationId === associationId)
      await Promise.allSettled(own.map(({ done }) => done))
    },
  }
}
