import type { Db } from '../db/schema.ts'
import { closeQuietStudies as close, type Quiet } from '../db/study.ts'
import type { Events } from '../observe/events.ts'
import type { Queue } from '../queue/queue.ts'

type Deps = { db: Db; queue: Queue; events: Events; quiet: Quiet }

/** Completes the studies that went quiet and rings for their analysis. */
export async function closeQuietStudies({ db, queue, events, quiet }: Deps): Promise<void> {
  const completed = await close(db, quiet)
  for (const study of completed) events.studyCompleted(study)
  for (const { id: studyId, revision, attempts } of completed)
    await queue.ring('analyse-study', { studyId, revision }, attempts)
}
