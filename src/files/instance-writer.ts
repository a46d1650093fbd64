import { createHash, randomUUID } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { checkInstance, type InstanceFacts } from '../dicom/check-instance.ts'
import { encodeFileMeta, SHA256_BYTES, widenFileMeta } from '../dicom/file-meta.ts'
import type { IncomingInstance } from '../dicom/incoming-instance.ts'
import { Failure } from '../failure.ts'
import { BlockPool } from './block-pool.ts'
import type { Folders } from './folders.ts'
import { BLOCK_BYTES, GrowingFile } from './growing-file.ts'
import { checkInstanceFile, withFile } from './instance-file.ts'
import { QUARANTINED, quarantineFile } from './quarantine.ts'
import { storageFailure } from './storage-failure.ts'
import type { StoredInstance } from './stored-instance.ts'

/** So much of the beginning is kept in memory: nearly every header is in it, and need not be read again. */
const HEAD_BYTES = 64 * 1024

/** What so many associations use at once is kept for the next ones. */
const KEPT = { blocks: 32, heads: 32 }

/** What all writers of a process share. */
export type Memory = { readonly blocks: BlockPool; readonly heads: BlockPool; readonly direct: boolean }

export const openMemory = (direct: boolean): Memory => ({
  blocks: new BlockPool(BLOCK_BYTES, KEPT.blocks),
  heads: new BlockPool(HEAD_BYTES, KEPT.heads),
  direct,
})

type Options = { readonly maximumBytes: number; readonly memory: Memory; ensureSpace(): Promise<void> }

/** Writes one incoming instance: incoming/<id>.part while it comes, arrived/<id>.dcm when all of it has. */
export class InstanceWriter {
  readonly id = randomUUID()
  readonly #incoming: IncomingInstance
  readonly #folders: Folders
  readonly #maximumBytes: number
  readonly #hash = createHash('sha256')
  readonly #meta: Buffer
  readonly #heads: BlockPool
  #head: Buffer | undefined
  readonly #file: GrowingFile
  #bytes = 0

  constructor(folders: Folders, incoming: IncomingInstance, { maximumBytes, memory, ensureSpace }: Options) {
    const { callingAeTitle, calledAeTitle } = incoming
    this.#incoming = incoming
    this.#folders = folders
    const titles = { sourceAeTitle: callingAeTitle, receivingAeTitle: calledAeTitle }
    this.#meta = Buffer.from(encodeFileMeta({ ...incoming, ...titles, withSha256: true }))
    this.#heads = memory.heads
    this.#head = memory.heads.take()
    this.#maximumBytes = maximumBytes + this.#meta.length
    this.#file = new GrowingFile(folders.incomingPath(this.id), memory.blocks, {
      direct: memory.direct,
      beforehand: ensureSpace,
    })
    this.#append(this.#meta)
  }

  get sopInstanceUid(): string {
    return this.#incoming.sopInstanceUid
  }

  /** A promise asks to wait until there is room in memory. @throws Failure DISK_FULL, STORAGE_FAILED, DATA_SET_TOO_LARGE */
  write(chunk: Buffer): void | Promise<void> {
    const room = this.#append(chunk)
    if (this.#bytes > this.#maximumBytes)
      throw new Failure('DATA_SET_TOO_LARGE', `a data set of more than ${this.#maximumBytes} bytes`)
    this.#hash.update(chunk)
    return room
  }

  /**
   * Makes the instance durable. What cannot be understood, or is not what its command said, goes to quarantine.
   * @throws Failure DISK_FULL, STORAGE_FAILED, DATA_SET_UNREADABLE, SOP_CLASS_MISMATCH, UID_INVALID
   */
  async finish(): Promise<StoredInstance> {
    const sha256 = this.#hash.digest()
    try {
      const receivedAt = new Date()
      const [facts, bytes] = await Promise.all([this.#check(), this.#written(sha256)])
      await this.#arrive()
      this.#forget()
      const { transferSyntaxUid, callingAeTitle, calledAeTitle } = this.#incoming
      const { sopClassUid, sopInstanceUid, studyInstanceUid, seriesInstanceUid } = facts
      const uids = { sopClassUid, sopInstanceUid, studyInstanceUid, seriesInstanceUid, transferSyntaxUid }
      const content = { bytes, sha256: sha256.toString('hex') }
      return { id: this.id, ...uids, callingAeTitle, calledAeTitle, ...content, receivedAt }
    } catch (error) {
      const failure = storageFailure(error)
      if (QUARANTINED.includes(failure.code)) await this.#quarantine(failure, sha256).catch(() => {})
      await this.discard(failure)
      throw failure
    }
  }

  /** Leaves nothing behind. */
  async discard(reason: Failure): Promise<void> {
    this.#forget()
    await this.#file.stop(reason)
    await rm(this.#folders.incomingPath(this.id), { force: true }).catch(() => {})
  }

  #append(bytes: Buffer): Promise<void> | undefined {
    const room = this.#file.append(bytes)
    if (this.#head && this.#bytes < HEAD_BYTES) bytes.copy(this.#head, this.#bytes)
    this.#bytes += bytes.length
    return room
  }

  /** The head is not needed any more. */
  #forget(): void {
    if (this.#head) this.#heads.give(this.#head)
    this.#head = undefined
  }

  /**
   * The whole file, and in it the SHA-256 by which it is known, after a crash, to be whole. Its size in bytes: the meta
   * information of a small one is made longer, so that it ends with a page.
   */
  async #written(sha256: Buffer): Promise<number> {
    const bytes = this.#bytes
    // Values have an even length; of a data set that has not, the file ends where it does.
    const padding = bytes % 2 === 0 ? this.#file.widenToPage(this.#meta.length) : 0
    if (padding > 0) this.#file.overwrite(widenFileMeta(this.#meta, padding), 0)
    this.#file.overwrite(sha256, this.#meta.length - SHA256_BYTES)
    await this.#file.written()
    return bytes + padding
  }

  async #check(): Promise<InstanceFacts> {
    const head = this.#head?.subarray(0, this.#bytes) ?? Buffer.alloc(0)
    const facts = checkInstance(head, this.#bytes, this.#incoming)
    if (facts !== 'more') return facts
    await this.#file.written()
    return withFile(this.#folders.incomingPath(this.id), (file) => checkInstanceFile(file, this.#incoming))
  }

  /**
   * incoming → arrived, synced: data and folder together, since a file that is not whole is told by its SHA-256. What
   * could not be made durable must not be found there later: it was refused.
   */
  async #arrive(): Promise<void> {
    const arrived = this.#folders.arrivedPath(this.id)
    await rename(this.#folders.incomingPath(this.id), arrived)
    try {
      await Promise.all([this.#file.datasync(), this.#folders.arrivedSync.sync()])
      await this.#file.close()
    } catch (error) {
      await rm(arrived, { force: true }).catch(() => {})
      throw error
    }
  }

  async #quarantine(reason: Failure, sha256: Buffer): Promise<void> {
    await this.#file.close()
    const note = { ...this.#incoming, sha256: sha256.toString('hex') }
    await quarantineFile(this.#folders, this.id, this.#folders.incomingPath(this.id), reason, note)
  }
}
