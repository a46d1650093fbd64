import { findStudiesForgotten, findStudiesWithPixels, forgetStudy, removeInstances } from '../db/retention.ts'
import type { Db } from '../db/schema.ts'
import type { InstanceFiles } from '../files/instance-files.ts'
import type { Events } from '../observe/events.ts'

type Retention = {
  readonly pixels?: number | undefined
  readonly results?: number | undefined
  readonly quarantine?: number | undefined
}

type Deps = { db: Db; files: InstanceFiles; events: Events; retention: Retention; maximumQuarantine: number }

/** Studies looked at in one turn, of each kind. */
const AT_ONCE = 50

/** Lets leave, by age, what nobody is owed: pixels, then everything else of a study, and what is in quarantine. */
export async function removeExpired({ db, files, events, retention, maximumQuarantine }: Deps): Promise<void> {
  const { pixels, results, quarantine } = retention
  if (pixels !== undefined)
    for (const { id, studyInstanceUid } of await findStudiesWithPixels(db, pixels, AT_ONCE)) {
      const count = await removeInstances(db, id, pixels, (ids) => files.removeInstances(ids))
      if (count > 0) events.pixelsRemoved(studyInstanceUid, count)
    }
  if (results !== undefined)
    for (const { id, studyInstanceUid } of await findStudiesForgotten(db, results, AT_ONCE))
      if (await forgetStudy(db, id, results, (names) => files.removeResults(names, results)))
        events.studyForgotten(studyInstanceUid)
  const left = await files.quarantined.trim({ maximumBytes: maximumQuarantine, olderThanMs: quarantine })
  if (left > 0) events.quarantineTrimmed(left)
}
