import { findUnnamedFiles } from '../db/result.ts'
import type { Db } from '../db/schema.ts'
import type { InstanceFiles } from '../files/instance-files.ts'
import type { Events } from '../observe/events.ts'

type Deps = { db: Db; files: InstanceFiles; events: Events }

/** Removes the files that a kill between writing results and saving their rows left behind. */
export async function removeOrphans({ db, files, events }: Deps, olderThanMs: number): Promise<void> {
  const findUnnamed = (names: readonly string[]) => findUnnamedFiles(db, names)
  const { removed, left } = await files.removeOrphans({ olderThanMs, findUnnamed })
  if (removed > 0) events.orphansRemoved(removed)
  if (left > 0) events.orphansLeft(left)
}
