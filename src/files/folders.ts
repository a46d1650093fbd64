import { access, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../failure.ts'
import { FolderSync } from './durable.ts'

/**
 * The instance store: a folder is a state. incoming: being written. arrived: durable and acknowledged, without a row yet.
 * instances/xx: with a row. quarantine: kept apart for a person to look at, each content once. results: what the node
 * made.
 */
export class Folders {
  readonly incoming: string
  readonly arrived: string
  readonly instances: string
  readonly quarantine: string
  readonly results: string
  readonly arrivedSync: FolderSync
  readonly resultsSync: FolderSync

  constructor(directory: string) {
    this.incoming = join(directory, 'incoming')
    this.arrived = join(directory, 'arrived')
    this.instances = join(directory, 'instances')
    this.quarantine = join(directory, 'quarantine')
    this.results = join(directory, 'results')
    this.arrivedSync = new FolderSync(this.arrived)
    this.resultsSync = new FolderSync(this.results)
  }

  incomingPath = (id: string): string => join(this.incoming, `${id}.part`)
  arrivedPath = (id: string): string => join(this.arrived, `${id}.dcm`)
  instancePath = (id: string): string => join(this.instances, id.slice(0, 2), `${id}.dcm`)
  /** `name` is the SHA-256 of the data set, or an id. */
  quarantinePath = (name: string): string => join(this.quarantine, `${name}.dcm`)
}

const SHARDS = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))
/** No instance takes so long: what lies in incoming for longer is of a process that was killed. */
const ABANDONED_MS = 3_600_000

/** Makes what is missing, and removes what killed processes left in incoming. */
export async function openFolders(directory: string): Promise<Folders> {
  const folders = new Folders(directory)
  const shards = SHARDS.map((shard) => join(folders.instances, shard))
  for (const path of [folders.incoming, folders.arrived, folders.quarantine, folders.results, ...shards])
    await mkdir(path, { recursive: true, mode: 0o700 })
  for (const name of await readdir(folders.incoming)) {
    const path = join(folders.incoming, name)
    // What cannot be removed (a folder, a file that NFS keeps) is none of ours.
    if (((await ageMs(path)) ?? 0) > ABANDONED_MS) await rm(path, { force: true }).catch(() => {})
  }
  return folders
}

const INSTANCE_NAME = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.dcm$/

/** Of the instances in arrived; what else may lie there is none of ours. */
export const arrivedIds = async ({ arrived }: Folders): Promise<string[]> =>
  (await readdir(arrived)).flatMap((name) => INSTANCE_NAME.exec(name)?.[1] ?? [])

/** Since it was written; undefined when there is no such file. */
export async function ageMs(path: string): Promise<number | undefined> {
  try {
    return Date.now() - (await stat(path)).mtimeMs
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}
