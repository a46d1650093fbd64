import type { Db } from '../db/schema.ts'
import { findStudiesDue } from '../db/study.ts'
import type { Queue } from '../queue/queue.ts'

type Deps = { db: Db; queue: Queue }

const AT_ONCE = 200

/** Rings for every study whose analysis is due: what a crash, a lost queue or a wait after a failure left behind. */
export async function ringForStudiesDue({ db, queue }: Deps): Promise<void> {
  for (const { id: studyId, revision, attempts } of await findStudiesDue(db, AT_ONCE))
    await queue.ring('analyse-study', { studyId, revision }, attempts)
}
