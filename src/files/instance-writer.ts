import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { encodeFileMeta } from '../dicom/file-meta.ts'
import type { IncomingInstance } from '../dicom/incoming-instance.ts'
import { Failure } from '../failure.ts'
import { writeAll } from './durable.ts'
import type { Folders } from './folders.ts'
import { checkInstanceFile } from './instance-file.ts'
import { QUARANTINED, quarantineFile } from './quarantine.ts'
import { storageFailure } from './storage-failure.ts'
import type { StoredInstance } from './stored-instance.ts'

/** One writev takes so much, or so many pieces. */
const BATCH_BYTES = 1024 * 1024
const BATCH_PIECES = 512
/** More than this unwritten, and the sender waits. */
const UNWRITTEN_BYTES = 4 * 1024 * 1024

type Options = { readonly maximumBytes: number; ensureSpace(): Promise<void> }

/** Writes one incoming instance: incoming/<id>.part while it comes, arrived/<id>.dcm when it is durable. */
export class InstanceWriter {
  readonly id = randomUUID()
  readonly #incoming: IncomingInstance
  readonly #folders: Folders
  readonly #maximumBytes: number
  readonly #hash = createHash('sha256')
  #file: FileHandle | undefined
  #pieces: Buffer[]
  #gathered = 0
  #unwritten = 0
  #bytes = 0
  #writing: Promise<void>
  #failure: Failure | undefined

  constructor(folders: Folders, incoming: IncomingInstance, { maximumBytes, ensureSpace }: Options) {
    const { callingAeTitle, calledAeTitle } = incoming
    this.#incoming = incoming
    this.#folders = folders
    this.#maximumBytes = maximumBytes
    const meta = encodeFileMeta({ ...incoming, sourceAeTitle: callingAeTitle, receivingAeTitle: calledAeTitle })
    this.#pieces = [Buffer.from(meta.buffer, meta.byteOffset, meta.byteLength)]
    this.#writing = this.#queue(Promise.resolve(), async () => {
      await ensureSpace()
      this.#file = await open(folders.incomingPath(this.id), 'wx+', 0o600)
    })
  }

  /** A promise asks to wait until there is room in memory. @throws Failure DISK_FULL, STORAGE_FAILED, DATA_SET_TOO_LARGE */
  write(chunk: Buffer): void | Promise<void> {
    if (this.#failure) throw this.#failure
    this.#bytes += chunk.length
    if (this.#bytes > this.#maximumBytes)
      throw new Failure('DATA_SET_TOO_LARGE', `a data set of more than ${this.#maximumBytes} bytes`)
    this.#hash.update(chunk)
    this.#pieces.push(chunk)
    this.#gathered += chunk.length
    this.#unwritten += chunk.length
    if (this.#gathered >= BATCH_BYTES || this.#pieces.length >= BATCH_PIECES) this.#flush()
    // It never rejects: a failure is thrown by the next call.
    if (this.#unwritten > UNWRITTEN_BYTES) return this.#writing
  }

  /**
   * Makes the instance durable. What cannot be understood, or is not what its command said, goes to quarantine.
   * @throws Failure DISK_FULL, STORAGE_FAILED, DATA_SET_UNREADABLE, SOP_CLASS_MISMATCH, UID_INVALID
   */
  async finish(): Promise<StoredInstance> {
    try {
      this.#flush()
      await this.#written()
      return await this.#arrive()
    } catch (error) {
      const failure = storageFailure(error)
      if (QUARANTINED.includes(failure.code)) await this.#quarantine(failure).catch(() => {})
      await this.discard(failure)
      throw failure
    }
  }

  /** Leaves nothing behind. */
  async discard(reason: Failure): Promise<void> {
    this.#failure ??= reason
    this.#pieces = []
    await this.#writing
    await this.#close()
    await rm(this.#folders.incomingPath(this.id), { force: true }).catch(() => {})
  }

  /** Resolves when all handed to `#flush` is written. */
  async #written(): Promise<void> {
    await this.#writing
    if (this.#failure) throw this.#failure
  }

  #flush(): void {
    const pieces = this.#pieces
    const gathered = this.#gathered
    this.#pieces = []
    this.#gathered = 0
    this.#writing = this.#queue(this.#writing, async () => {
      if (this.#file) await writeAll(this.#file, pieces)
      this.#unwritten -= gathered
    })
  }

  /** One thing after another; the first failure ends them all and is kept. */
  #queue(before: Promise<void>, work: () => Promise<void>): Promise<void> {
    return before
      .then(() => (this.#failure ? undefined : work()))
      .catch((error) => {
        this.#failure ??= storageFailure(error)
      })
  }

  async #arrive(): Promise<StoredInstance> {
    if (!this.#file) throw new Failure('STORAGE_FAILED', 'the instance was not opened')
    const { sopClassUid, sopInstanceUid, studyInstanceUid, seriesInstanceUid } = await checkInstanceFile(
      this.#file,
      this.#incoming,
    )
    await this.#file.datasync()
    const { size, mtime } = await this.#file.stat()
    await this.#close()
    await rename(this.#folders.incomingPath(this.id), this.#folders.arrivedPath(this.id))
    await this.#folders.arrivedSync.sync()
    const { transferSyntaxUid, callingAeTitle, calledAeTitle } = this.#incoming
    const uids = { sopClassUid, sopInstanceUid, studyInstanceUid, seriesInstanceUid, transferSyntaxUid }
    const sha256 = this.#hash.digest('hex')
    return { id: this.id, ...uids, callingAeTitle, calledAeTitle, bytes: size, sha256, receivedAt: mtime }
  }

  async #quarantine(reason: Failure): Promise<void> {
    await this.#close()
    const note = { ...this.#incoming, sha256: this.#hash.digest('hex') }
    await quarantineFile(this.#folders, this.id, this.#folders.incomingPath(this.id), reason, note)
  }

  async #close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close().catch(() => {})
  }
}
