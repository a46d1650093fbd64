import type { Db } from '../db/schema.ts'
import { findStudiesDue } from '../db/study.ts'
import type { Queue } from '../queue/queue.ts'

/** `atOnce`: a few more than are worked on at one time; the rest stays due. */
type Deps = { db: Db; queue: Queue; atOnce: number }

/** Rings for every study whose analysis is due: what a crash, a lost queue or a wait after a failure left behind. */
export async function ringForStudiesDue({ db, queue, atOnce }: Deps): Promise<void> {
  for (const { id: studyId, revision, attempts } of await findStudiesDue(db, atOnce))
    await queue.ring('analyse-study', { studyId, revision }, attempts)
}
