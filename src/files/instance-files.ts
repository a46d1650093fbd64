import { readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { FileMeta } from '../dicom/file-meta.ts'
import type { Header } from '../dicom/header.ts'
import type { IncomingInstance } from '../dicom/incoming-instance.ts'
import { asFailure, Failure } from '../failure.ts'
import { exists, type Folders, openFolders } from './folders.ts'
import { freeBytesOf, openSpaceCheck } from './free-space.ts'
import { readFileHeader, readFileMeta, withFile } from './instance-file.ts'
import { InstanceWriter } from './instance-writer.ts'
import { QUARANTINED, quarantineFile } from './quarantine.ts'
import { resultPath, type SavedResult, saveResult } from './results.ts'
import { errorCode, storageFailure } from './storage-failure.ts'
import { readStoredInstance, type StoredInstance } from './stored-instance.ts'

export type { StoredInstance } from './stored-instance.ts'

type Options = {
  readonly directory: string
  /** New instances are refused with DISK_FULL while less is free. */
  readonly minimumFreeBytes: number
  readonly maximumInstanceBytes: number
  /** A file that `arrived` or `all` came upon and could not read; from arrived it went to quarantine. */
  readonly onUnreadable?: (id: string, failure: Failure) => void
}

export type InstanceFiles = {
  /** Where one incoming instance is written; its `finish` resolves when it is durable, in arrived. */
  openSink(incoming: IncomingInstance): InstanceWriter
  /** Its row exists: arrived → instances. Again is harmless. @throws Failure NOT_FOUND */
  settle(id: string): Promise<void>
  /** Removes an arrived instance that is held already. */
  remove(id: string): Promise<void>
  /** arrived → quarantine. */
  quarantine(id: string, reason: Failure): Promise<void>
  /** @throws Failure NOT_FOUND */
  pathOf(id: string): Promise<string>
  /** What stands before the pixels. @throws Failure NOT_FOUND, FILE_UNREADABLE, DATA_SET_UNREADABLE */
  readHeader(id: string): Promise<Header>
  /** Acknowledged instances without a row that arrived longer ago, rebuilt from their files. */
  arrived(olderThanMs: number): AsyncGenerator<StoredInstance>
  /** Every settled instance, rebuilt from its file: for a database that was lost. */
  all(): AsyncGenerator<StoredInstance>
  freeBytes(): Promise<number>
  saveResult(bytes: Uint8Array): Promise<SavedResult>
  resultPath(file: string): string
}

/** @throws Failure DISK_FULL, STORAGE_FAILED */
export async function openInstanceFiles(options: Options): Promise<InstanceFiles> {
  const { directory, minimumFreeBytes, maximumInstanceBytes } = options
  const folders = await openFolders(directory).catch((error) => {
    throw storageFailure(error)
  })
  const ensureSpace = openSpaceCheck(directory, minimumFreeBytes)
  return {
    openSink: (incoming) => new InstanceWriter(folders, incoming, { maximumBytes: maximumInstanceBytes, ensureSpace }),
    settle: (id) => settle(folders, id),
    remove: (id) => rm(folders.arrivedPath(id), { force: true }),
    quarantine: (id, reason) => quarantineArrived(folders, id, reason),
    pathOf: (id) => pathOf(folders, id),
    readHeader: async (id) => withFile(await pathOf(folders, id), readFileHeader),
    arrived: (olderThanMs) => arrived(folders, olderThanMs, options),
    all: () => all(folders, options),
    freeBytes: () => freeBytesOf(directory),
    saveResult: (bytes) => saveResult(folders, bytes),
    resultPath: (file) => resultPath(folders, file),
  }
}

async function settle(folders: Folders, id: string): Promise<void> {
  try {
    await rename(folders.arrivedPath(id), folders.instancePath(id))
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw storageFailure(error)
    if (!(await exists(folders.instancePath(id)))) throw new Failure('NOT_FOUND', `no file of instance ${id}`)
  }
}

/** An instance may be settled at the very moment: so its settled place is looked at twice. */
async function pathOf(folders: Folders, id: string): Promise<string> {
  const settled = folders.instancePath(id)
  for (const path of [settled, folders.arrivedPath(id), settled]) if (await exists(path)) return path
  throw new Failure('NOT_FOUND', `no file of instance ${id}`)
}

async function quarantineArrived(folders: Folders, id: string, reason: Failure): Promise<void> {
  const path = folders.arrivedPath(id)
  const note = await readStoredInstance(id, path).catch(() => unreadNote(path))
  await quarantineFile(folders, id, path, reason, note)
}

/** All that can be told of a file whose data set cannot be read. */
async function unreadNote(path: string) {
  const nothing: FileMeta = { sopClassUid: '', sopInstanceUid: '', transferSyntaxUid: '' }
  const meta = await withFile(path, readFileMeta).catch(() => nothing)
  const { sopClassUid, sopInstanceUid, transferSyntaxUid, sourceAeTitle = '', receivingAeTitle = '' } = meta
  const uids = { sopClassUid, sopInstanceUid, transferSyntaxUid }
  return { ...uids, callingAeTitle: sourceAeTitle, calledAeTitle: receivingAeTitle, sha256: '' }
}

const idOf = (path: string) => basename(path, '.dcm')

async function* arrived(folders: Folders, olderThanMs: number, { onUnreadable }: Options) {
  for (const name of await readdir(folders.arrived)) {
    const path = join(folders.arrived, name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    if (Date.now() - mtimeMs < olderThanMs) continue
    const instance = await readStoredInstance(idOf(path), path).catch((error) => asFailure(error, 'FILE_UNREADABLE'))
    if (!(instance instanceof Failure)) yield instance
    // Settled or removed meanwhile is no news.
    else if (await exists(path)) {
      if (QUARANTINED.includes(instance.code)) await quarantineArrived(folders, idOf(path), instance)
      onUnreadable?.(idOf(path), instance)
    }
  }
}

async function* all(folders: Folders, { onUnreadable }: Options) {
  for (const shard of await readdir(folders.instances)) {
    for (const name of await readdir(join(folders.instances, shard))) {
      const path = join(folders.instances, shard, name)
      const instance = await readStoredInstance(idOf(path), path).catch((error) => asFailure(error, 'FILE_UNREADABLE'))
      if (instance instanceof Failure) onUnreadable?.(idOf(path), instance)
      else yield instance
    }
  }
}
