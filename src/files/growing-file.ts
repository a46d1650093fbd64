import * as fs from 'node:fs'
import { promisify } from 'node:util'
import { Failure } from '../failure.ts'
import { writeAll } from './durable.ts'
import { storageFailure } from './storage-failure.ts'

const [open, write, writev] = [promisify(fs.open), promisify(fs.write), promisify(fs.writev)]
const fdatasync = promisify(fs.fdatasync)

/** One writev takes so much, or so many pieces: more is not faster, and many associations have so much in memory. */
const BATCH_BYTES = 512 * 1024
const BATCH_PIECES = 512
/** More than this unwritten, and whoever appends is asked to wait. */
export const UNWRITTEN_BYTES = 1024 * 1024

/** A new file that is appended to while it is written: nothing waits for the disk until there is too much. */
export class GrowingFile {
  #file: number | undefined
  #pieces: Buffer[] = []
  #gathered = 0
  #unwritten = 0
  #flushed = false
  #writing: Promise<void>
  #failure: Failure | undefined

  /** `beforehand` may refuse it. */
  constructor(path: string, beforehand: () => Promise<void>) {
    this.#writing = this.#queue(Promise.resolve(), async () => {
      await beforehand()
      this.#file = await open(path, 'wx+', 0o600)
    })
  }

  /** Whether what was appended first may be in the file already. */
  get flushed(): boolean {
    return this.#flushed
  }

  /** A promise, which never rejects, asks to wait until there is room in memory. @throws Failure DISK_FULL, STORAGE_FAILED */
  append(piece: Buffer): Promise<void> | undefined {
    if (this.#failure) throw this.#failure
    this.#pieces.push(piece)
    this.#gathered += piece.length
    this.#unwritten += piece.length
    if (this.#gathered >= BATCH_BYTES || this.#pieces.length >= BATCH_PIECES) this.#flush()
    return this.#unwritten > UNWRITTEN_BYTES ? this.#writing : undefined
  }

  /** Writes over what is there. */
  overwrite(bytes: Buffer, position: number): void {
    this.#writing = this.#queue(this.#writing, async () => {
      if (this.#file !== undefined) await write(this.#file, bytes, 0, bytes.length, position)
    })
  }

  /** All of it is handed to the system. @throws Failure DISK_FULL, STORAGE_FAILED, and what `beforehand` threw */
  async written(): Promise<void> {
    if (this.#pieces.length > 0) this.#flush()
    await this.#writing
    if (this.#failure) throw this.#failure
  }

  /** Makes durable what is written. @throws as the system does */
  async datasync(): Promise<void> {
    if (this.#file === undefined) throw new Failure('STORAGE_FAILED', 'a file is not open')
    await fdatasync(this.#file)
  }

  /** Writes no more of it; from then on `append` throws the reason. */
  async stop(reason: Failure): Promise<void> {
    this.#failure ??= reason
    this.#pieces = []
    await this.close()
  }

  async close(): Promise<void> {
    await this.#writing
    const file = this.#file
    this.#file = undefined
    // There is nothing left to do for the system: that takes no longer than asking a thread to do it.
    if (file !== undefined) fs.closeSync(file)
  }

  #flush(): void {
    const pieces = this.#pieces
    const gathered = this.#gathered
    this.#pieces = []
    this.#gathered = 0
    this.#flushed = true
    this.#writing = this.#queue(this.#writing, async () => {
      const file = this.#file
      if (file !== undefined) await writeAll((buffers) => writev(file, buffers), pieces)
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
}
