import { findDeliveriesDue } from '../db/delivery.ts'
import type { Db } from '../db/schema.ts'
import type { Queue } from '../queue/queue.ts'

type Deps = { db: Db; queue: Queue; destinations: readonly string[] }

/** Of each destination: one to which much is owed hides no other. */
const AT_ONCE = 200

/**
 * Rings for every delivery that is due: what a crash, a lost queue or a wait after a failure left behind. What a
 * destination that is no longer configured was owed stays owed, and is shown.
 */
export async function findOwed({ db, queue, destinations }: Deps): Promise<void> {
  for (const destination of destinations)
    for (const { studyId, attempts } of await findDeliveriesDue(db, destination, AT_ONCE))
      await queue.ring('deliver-result', { studyId, destination }, attempts)
}
