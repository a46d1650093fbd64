import { randomUUID } from 'node:crypto'
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode, Failure } from '../failure.ts'
import type { Folders } from './folders.ts'
import { readStoredInstance } from './stored-instance.ts'

/** A file that was kept apart, and its note: nothing of the patient. */
export type Quarantined = {
  /** The SHA-256 of the data set, or an id. */
  readonly name: string
  readonly bytes: number
  readonly quarantinedAt: Date
  /** Why, and how often the same came. */
  readonly code: string
  readonly times: number
  readonly callingAeTitle: string
  readonly calledAeTitle: string
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly transferSyntaxUid: string
  readonly path: string
}

type Limits = { readonly maximumBytes: number; readonly olderThanMs?: number | undefined }

/** What could not be understood, is not what its command said, or has the UID of another. */
export type Quarantine = {
  /** The newest first. */
  list(): Promise<Quarantined[]>
  /** By its name or an unmistakable beginning of it. @throws Failure NOT_FOUND, USAGE */
  find(name: string): Promise<Quarantined>
  remove(quarantined: Quarantined): Promise<void>
  /**
   * Lets it in, as if it had just arrived: it gets its row from a running receiver, or is kept apart again when its UID
   * is held with other content. @throws Failure DATA_SET_UNREADABLE and others, when it still cannot be understood
   */
  release(quarantined: Quarantined): Promise<void>
  /** Lets the oldest leave while there is too much, and all that is too old. How many left. */
  trim(limits: Limits): Promise<number>
}

const NAME = /^([0-9a-f-]{36}|[0-9a-f]{64})\.dcm$/

export function openQuarantine(folders: Folders): Quarantine {
  const remove = async ({ path }: Quarantined) => {
    await rm(path, { force: true })
    await rm(noteOf(path), { force: true })
  }
  const list = () => listQuarantined(folders)
  return {
    list,
    remove,
    async find(name) {
      const found = (await list()).filter((each) => each.name.startsWith(name))
      const [one] = found
      if (!one)
        throw new Failure('NOT_FOUND', 'nothing of that name is in quarantine; `mcads quarantine list` shows what is')
      if (found.length > 1) throw new Failure('USAGE', `${found.length} names in quarantine begin like that`)
      return one
    },
    async release(quarantined) {
      const id = randomUUID()
      await readStoredInstance(id, quarantined.path)
      await rename(quarantined.path, folders.arrivedPath(id))
      await folders.arrivedSync.sync()
      await remove(quarantined)
    },
    async trim({ maximumBytes, olderThanMs = Number.POSITIVE_INFINITY }) {
      let kept = 0
      let left = 0
      for (const each of await list()) {
        kept += each.bytes
        if (kept <= maximumBytes && Date.now() - Number(each.quarantinedAt) <= olderThanMs) continue
        await remove(each)
        left++
      }
      return left
    },
  }
}

const noteOf = (path: string): string => path.replace(/dcm$/, 'json')

async function listQuarantined({ quarantine }: Folders): Promise<Quarantined[]> {
  const names = (await readdir(quarantine)).flatMap((file) => NAME.exec(file)?.[1] ?? [])
  const all = await Promise.all(names.map((name) => readQuarantined(name, join(quarantine, `${name}.dcm`))))
  return all.filter((each) => each !== undefined).sort((a, b) => Number(b.quarantinedAt) - Number(a.quarantinedAt))
}

/** undefined when it is gone meanwhile. */
async function readQuarantined(name: string, path: string): Promise<Quarantined | undefined> {
  try {
    const { size, mtime } = await stat(path)
    const note = await readNote(noteOf(path))
    const text = (key: string) => (typeof note[key] === 'string' ? note[key] : '')
    const at = new Date(text('quarantinedAt'))
    return {
      ...{ name, path, bytes: size, code: text('code') || 'UNKNOWN' },
      quarantinedAt: Number.isNaN(Number(at)) ? mtime : at,
      times: typeof note.times === 'number' ? note.times : 1,
      callingAeTitle: text('callingAeTitle'),
      calledAeTitle: text('calledAeTitle'),
      sopClassUid: text('sopClassUid'),
      sopInstanceUid: text('sopInstanceUid'),
      transferSyntaxUid: text('transferSyntaxUid'),
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** The note may be missing or half: it was written while the disk was full, or by hand. */
async function readNote(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const note: unknown = JSON.parse(await readFile(path, 'utf8'))
    return typeof note === 'object' && note !== null ? { ...note } : {}
  } catch {
    return {}
  }
}
