import { access, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FolderSync } from './durable.ts'

/**
 * The instance store: a folder is a state. incoming: being written. arrived: durable and acknowledged, without a row yet.
 * instances/xx: with a row. quarantine: kept apart for a person to look at. results: what the node made.
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
  quarantinePath = (id: string): string => join(this.quarantine, `${id}.dcm`)
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
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    if (Date.now() - mtimeMs > ABANDONED_MS) await rm(path, { force: true })
  }
  return folders
}

export async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}
