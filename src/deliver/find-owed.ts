import { findDeliveriesDue } from '../db/delivery.ts'
import type { Db } from '../db/schema.ts'
import type { Queue } from '../queue/queue.ts'

type Deps = { db: Db; queue: Queue; destinations: ReadonlySet<string> }

const AT_ONCE = 200

/** Rings for every delivery that is due: what a crash, a lost queue or a wait after a failure left behind. */
export async function findOwed({ db, queue, destinations }: Deps): Promise<void> {
  for (const { studyId, destination, attempts } of await findDeliveriesDue(db, AT_ONCE)) {
    // What a destination that is no longer configured was owed stays owed, and is shown.
    if (destinations.has(destination)) await queue.ring('deliver-result', { studyId, destination }, attempts)
  }
}
