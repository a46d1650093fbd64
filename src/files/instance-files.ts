import { randomUUID } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import type { FileMeta } from '../dicom/file-meta.ts'
import type { Header } from '../dicom/header.ts'
import type { IncomingInstance } from '../dicom/incoming-instance.ts'
import { asFailure, errorCode, Failure } from '../failure.ts'
import { ageMs, arrivedIds, exists, type Folders, openFolders } from './folders.ts'
import { freeBytesOf, openSpaceCheck } from './free-space.ts'
import { readFileHeader, readFileMeta, withFile } from './instance-file.ts'
import { InstanceWriter, openMemory } from './instance-writer.ts'
import { openQuarantine, type Quarantine } from './open-quarantine.ts'
import { type OrphanSearch, type Orphans, removeOrphans, removeUntouched } from './orphans.ts'
import { QUARANTINED, quarantineFile } from './quarantine.ts'
import { type ResultExtension, resultPath, type SavedResult, saveResult } from './results.ts'
import { storageFailure } from './storage-failure.ts'
import { readStoredInstance, type StoredInstance } from './stored-instance.ts'
import { writesDirectly } from './uncached-file.ts'

export type { StoredInstance } from './stored-instance.ts'

type Options = {
  readonly directory: string
  /** New instances are refused with DISK_FULL while less is free. */
  readonly minimumFreeBytes: number
  readonly maximumInstanceBytes: number
  /** A file that `arrived` came upon and could not read; one that cannot be understood went to quarantine. */
  readonly onUnreadable?: (id: string, failure: Failure) => void
}

export type InstanceFiles = {
  /** Where one incoming instance is written; its `finish` resolves when it is durable, in arrived. */
  openSink(incoming: IncomingInstance): InstanceWriter
  /** Its row exists: arrived → instances. Again is harmless. @throws Failure NOT_FOUND */
  settle(id: string): Promise<void>
  /** Removes an arrived instance that is held already. */
  remove(id: string): Promise<void>
  /** arrived → quarantine; harmless when it is no longer in arrived. */
  quarantine(id: string, reason: Failure): Promise<void>
  /** @throws Failure NOT_FOUND */
  pathOf(id: string): Promise<string>
  /** What stands before the pixels. @throws Failure NOT_FOUND, FILE_UNREADABLE, DATA_SET_UNREADABLE */
  readHeader(id: string): Promise<Header>
  /** Acknowledged instances without a row that arrived longer ago, rebuilt from their files; without those passed over. */
  arrived(olderThanMs: number, passOver?: (id: string) => boolean): AsyncGenerator<StoredInstance>
  /** How long ago, in ms, each of the acknowledged instances without a row arrived. */
  arrivedAges(): Promise<number[]>
  freeBytes(): Promise<number>
  /** Takes settled instances away, for good. */
  removeInstances(ids: readonly string[]): Promise<void>
  /** Takes results away that nobody saved within that time. */
  removeResults(files: readonly string[], olderThanMs: number): Promise<void>
  /** Takes away results that no row names. */
  removeOrphans(search: OrphanSearch): Promise<Orphans>
  readonly quarantined: Quarantine
  saveResult(bytes: Uint8Array, extension?: ResultExtension): Promise<SavedResult>
  resultPath(file: string): string
}

/** @throws Failure DISK_FULL, STORAGE_FAILED */
export async function openInstanceFiles(options: Options): Promise<InstanceFiles> {
  const { directory, minimumFreeBytes, maximumInstanceBytes } = options
  const folders = await openFolders(directory).catch((error) => {
    throw storageFailure(error)
  })
  const direct = await writesDirectly(folders.incomingPath(randomUUID()))
  const ensureSpace = openSpaceCheck(directory, minimumFreeBytes)
  const writing = { maximumBytes: maximumInstanceBytes, memory: openMemory(direct), ensureSpace }
  return {
    openSink: (incoming) => new InstanceWriter(folders, incoming, writing),
    settle: (id) => settle(folders, id),
    remove: (id) => rm(folders.arrivedPath(id), { force: true }),
    quarantine: async (id, reason) => void (await quarantineArrived(folders, id, reason)),
    pathOf: (id) => pathOf(folders, id),
    readHeader: async (id) => withFile(await pathOf(folders, id), readFileHeader),
    arrived: (olderThanMs, passOver = () => false) => arrived(folders, olderThanMs, passOver, options),
    arrivedAges: () => arrivedAges(folders),
    freeBytes: () => freeBytesOf(directory),
    removeInstances: (ids) => removeAll(ids.map((id) => folders.instancePath(id))),
    removeResults: (names, olderThanMs) => removeUntouched(folders, names, olderThanMs),
    removeOrphans: (search) => removeOrphans(folders, search),
    quarantined: openQuarantine(folders),
    saveResult: (bytes, extension = 'dcm') => saveResult(folders, bytes, extension),
    resultPath: (file) => resultPath(folders, file),
  }
}

async function removeAll(paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(path, { force: true })
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

async function quarantineArrived(folders: Folders, id: string, reason: Failure): Promise<boolean> {
  const path = folders.arrivedPath(id)
  const note = await readStoredInstance(id, path).catch(() => unreadNote(path))
  return quarantineFile(folders, id, path, reason, note)
}

/** All that can be told of a file whose data set cannot be read. */
async function unreadNote(path: string) {
  const nothing: FileMeta = { sopClassUid: '', sopInstanceUid: '', transferSyntaxUid: '' }
  const meta = await withFile(path, readFileMeta).catch(() => nothing)
  const { sopClassUid, sopInstanceUid, transferSyntaxUid, sourceAeTitle = '', receivingAeTitle = '' } = meta
  const uids = { sopClassUid, sopInstanceUid, transferSyntaxUid }
  return { ...uids, callingAeTitle: sourceAeTitle, calledAeTitle: receivingAeTitle, sha256: '' }
}

async function arrivedAges(folders: Folders): Promise<number[]> {
  const ids = await arrivedIds(folders)
  const ages = await Promise.all(ids.map((id) => ageMs(folders.arrivedPath(id))))
  return ages.filter((age) => age !== undefined)
}

/** What is wrong with one file holds up no other. */
async function* arrived(
  folders: Folders,
  olderThanMs: number,
  passOver: (id: string) => boolean,
  { onUnreadable }: Options,
) {
  for (const id of await arrivedIds(folders)) {
    if (passOver(id)) continue
    const instance = await readArrived(folders, id, olderThanMs).catch((error) => asFailure(error, 'FILE_UNREADABLE'))
    if (instance instanceof Failure) onUnreadable?.(id, instance)
    else if (instance) yield instance
  }
}

/** undefined: too young, or settled, removed or put to quarantine meanwhile, which is no news. */
async function readArrived(folders: Folders, id: string, olderThanMs: number): Promise<StoredInstance | undefined> {
  const path = folders.arrivedPath(id)
  const age = await ageMs(path)
  if (age === undefined || age < olderThanMs) return undefined
  try {
    return await readStoredInstance(id, path)
  } catch (error) {
    const failure = asFailure(error, 'FILE_UNREADABLE')
    if (errorCode(failure.cause) === 'ENOENT') return undefined
    if (QUARANTINED.includes(failure.code) && !(await quarantineArrived(folders, id, failure))) return undefined
    throw failure
  }
}
