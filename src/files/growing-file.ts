import { Failure } from '../failure.ts'
import type { BlockPool } from './block-pool.ts'
import { storageFailure } from './storage-failure.ts'
import { PAGE_BYTES, UncachedFile } from './uncached-file.ts'

/** Written at a time. A CT or MR slice fits in with its header; every association has so much in memory, twice. */
export const BLOCK_BYTES = 640 * 1024
/** So many blocks are synced while more come: then there is less to wait for at the end. */
const SYNCED_BLOCKS = 6

type Options = { readonly direct: boolean; beforehand(): Promise<void> }

/** A new file that is appended to while it is written: nothing waits for the disk until it is two blocks behind. */
export class GrowingFile {
  readonly #pool: BlockPool
  readonly #direct: boolean
  #file: UncachedFile | undefined
  #block: Buffer | undefined
  #filled = 0
  #position = 0
  #unwritten = 0
  #writing: Promise<void>
  #failure: Failure | undefined
  #unsynced = 0
  #syncing: Promise<void> | undefined

  /** Its pieces are gathered in blocks of the pool, page-aligned when it is `direct`. `beforehand` may refuse it. */
  constructor(path: string, pool: BlockPool, { direct, beforehand }: Options) {
    this.#pool = pool
    this.#direct = direct
    this.#writing = this.#then(Promise.resolve(), async () => {
      await beforehand()
      this.#file = await UncachedFile.create(path, direct)
    })
  }

  /**
   * Takes a copy of the piece. A promise, which never rejects, asks to wait until there is room in memory.
   * @throws Failure DISK_FULL, STORAGE_FAILED
   */
  append(piece: Buffer): Promise<void> | undefined {
    if (this.#failure) throw this.#failure
    let room: Promise<void> | undefined
    for (let at = 0; at < piece.length; ) {
      const block = this.#block ?? this.#pool.take()
      this.#block = block
      const copied = piece.copy(block, this.#filled, at)
      at += copied
      this.#filled += copied
      if (this.#filled < block.length) continue
      if (this.#unwritten > 0) room = this.#writing
      this.#flush()
    }
    return room
  }

  /** Puts other bytes in the place of such as were appended. */
  overwrite(bytes: Buffer, position: number): void {
    if (this.#block && position >= this.#position) bytes.copy(this.#block, position - this.#position)
    else this.#writing = this.#then(this.#writing, () => this.#writeAt(bytes, position))
  }

  /**
   * Makes room at `position`, in which anything may stand, so that the file ends with a page: then one direct write is all
   * it takes. How many bytes; 0 where it is too late for that, or there is nothing to gain.
   */
  widenToPage(position: number): number {
    const missing = (PAGE_BYTES - (this.#filled % PAGE_BYTES)) % PAGE_BYTES
    const block = this.#block
    if (!this.#direct || !block || this.#position > 0 || this.#filled + missing > block.length) return 0
    block.copyWithin(position + missing, position, this.#filled)
    this.#filled += missing
    return missing
  }

  /** All of it is handed to the system. @throws Failure DISK_FULL, STORAGE_FAILED, and what `beforehand` threw */
  async written(): Promise<void> {
    if (this.#block) this.#flush()
    await this.#writing
    if (this.#failure) throw this.#failure
  }

  /** Makes durable what is written. @throws Failure DISK_FULL, STORAGE_FAILED, and as the system does */
  async datasync(): Promise<void> {
    await this.#syncing
    if (this.#failure) throw this.#failure
    if (this.#file === undefined) throw new Failure('STORAGE_FAILED', 'a file is not open')
    await this.#file.datasync()
  }

  /** Writes no more of it; from then on `append` throws the reason. */
  async stop(reason: Failure): Promise<void> {
    this.#failure ??= reason
    await this.close()
  }

  async close(): Promise<void> {
    if (this.#block) this.#pool.give(this.#block)
    this.#block = undefined
    await this.#writing
    await this.#syncing
    this.#file?.close()
    this.#file = undefined
  }

  #flush(): void {
    const block = this.#block
    if (!block) return
    const [bytes, position] = [block.subarray(0, this.#filled), this.#position]
    this.#block = undefined
    this.#position += this.#filled
    this.#filled = 0
    this.#unwritten++
    this.#writing = this.#then(this.#writing, () => this.#writeAt(bytes, position)).then(() => {
      this.#unwritten--
      this.#pool.give(block)
      this.#syncAhead()
    })
  }

  /** The disk is given work while the network is at work too; `datasync` is what makes sure. */
  #syncAhead(): void {
    const file = this.#file
    if (++this.#unsynced < SYNCED_BLOCKS || this.#syncing || file === undefined) return
    this.#unsynced = 0
    // What could not be written is told only once: here, or to `datasync`.
    this.#syncing = this.#then(Promise.resolve(), () => file.datasync()).then(() => {
      this.#syncing = undefined
    })
  }

  async #writeAt(bytes: Buffer, position: number): Promise<void> {
    await this.#file?.write(bytes, position)
  }

  /** One thing after another; the first failure ends them all and is kept. */
  #then(before: Promise<void>, work: () => Promise<void>): Promise<void> {
    return before
      .then(() => (this.#failure ? undefined : work()))
      .catch((error) => {
        this.#failure ??= storageFailure(error)
      })
  }
}
