import { findDeliveriesDue } from '../db/delivery.ts'
import type { Db } from '../db/schema.ts'
import type { StudyId } from '../study/identifiers.ts'
import type { Lane } from './lane.ts'

type Deps = { db: Db; lanes: ReadonlyMap<string, Lane<StudyId>> }

/** Of each destination: one to which much is owed hides no other. */
const AT_ONCE = 200

/**
 * Puts into its lane every delivery that is due: what a crash, a lost queue or a wait after a failure left behind. What
 * a destination that is no longer configured was owed stays owed, and is shown.
 */
export async function findOwed({ db, lanes }: Deps): Promise<void> {
  for (const [destination, lane] of lanes)
    for (const { studyId } of await findDeliveriesDue(db, destination, AT_ONCE)) lane.add(studyId)
}
