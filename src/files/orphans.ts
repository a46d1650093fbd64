import { link, opendir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../failure.ts'
import { ageMs, type Folders } from './folders.ts'
import { RESULT_NAME, resultPath } from './results.ts'

export type OrphanSearch = {
  /** Longer than from writing a result to saving its row. */
  readonly olderThanMs: number
  /** Those of the names that are in no row. */
  findUnnamed(names: readonly string[]): Promise<readonly string[]>
}

/** `left`: so many that the folder may belong to other rows, and nothing was touched. */
export type Orphans = { readonly removed: number; readonly left: number }

const AT_ONCE = 1000
const ASIDE = '.leaving'

/**
 * Takes away what lies in results, is in no row, and was neither written nor taken up again for so long: put aside in one
 * turn, removed in the next, and put back where something speaks for it after all. A writer that takes a file up makes it
 * young first (`saveResult`), before or after it is put aside: so none loses its file to this.
 */
export async function removeOrphans(folders: Folders, search: OrphanSearch): Promise<Orphans> {
  const removed = await removeAside(folders, search)
  const { orphans, named } = await findOrphans(folders, search)
  if (orphans.length > named) return { removed, left: orphans.length }
  for (const name of orphans) await putAside(join(folders.results, name), search.olderThanMs)
  return { removed, left: 0 }
}

/**
 * Takes away results that no row will name any more. One that was written or taken up within that time belongs to somebody
 * else as well, whose row may still be to come: it stays.
 */
export async function removeUntouched(folders: Folders, names: readonly string[], olderThanMs: number): Promise<void> {
  for (const name of names) {
    const path = resultPath(folders, name)
    await putAside(path, olderThanMs)
    await rm(path + ASIDE, { force: true })
  }
}

async function removeAside({ results }: Folders, { findUnnamed, olderThanMs }: OrphanSearch): Promise<number> {
  let removed = 0
  for await (const names of namesIn(results, ASIDE)) {
    const unnamed = new Set(await findUnnamed(names))
    for (const name of names) {
      const path = join(results, name)
      const age = await ageMs(path + ASIDE)
      if (!unnamed.has(name) || (age !== undefined && age < olderThanMs)) await putBack(path)
      else if (age !== undefined) {
        await rm(path + ASIDE, { force: true })
        removed++
      }
    }
  }
  return removed
}

async function findOrphans({ results }: Folders, { findUnnamed, olderThanMs }: OrphanSearch) {
  const orphans: string[] = []
  let named = 0
  for await (const names of namesIn(results, '')) {
    const unnamed = await findUnnamed(names)
    named += names.length - unnamed.length
    for (const name of unnamed) if (((await ageMs(join(results, name))) ?? 0) >= olderThanMs) orphans.push(name)
  }
  return { orphans, named }
}

/** What was taken up since it was looked at comes back at once. */
async function putAside(path: string, olderThanMs: number): Promise<void> {
  try {
    await rename(path, path + ASIDE)
  } catch (error) {
    // Another receiver was quicker.
    if (errorCode(error) === 'ENOENT') return
    throw error
  }
  const age = await ageMs(path + ASIDE)
  if (age !== undefined && age < olderThanMs) await putBack(path)
}

/** Not over one that was written anew. */
async function putBack(path: string): Promise<void> {
  try {
    await link(path + ASIDE, path)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST' && errorCode(error) !== 'ENOENT') throw error
  }
  await rm(path + ASIDE, { force: true })
}

/** Of the results' files that end so, some at a time, without that ending. */
async function* namesIn(folder: string, ending: string): AsyncGenerator<string[]> {
  let names: string[] = []
  for await (const { name: whole } of await opendir(folder)) {
    const name = whole.slice(0, whole.length - ending.length)
    if (!whole.endsWith(ending) || !RESULT_NAME.test(name)) continue
    names.push(name)
    if (names.length < AT_ONCE) continue
    yield names
    names = []
  }
  if (names.length > 0) yield names
}
