import * as fs from 'node:fs'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import { pageAligned } from './block-pool.ts'
import { writeAll } from './durable.ts'

const [open, write, fdatasync] = [promisify(fs.open), promisify(fs.write), promisify(fs.fdatasync)]

/** Where direct writes begin, in the file and in memory, and how much they write at least: enough for any disk. */
export const PAGE_BYTES = 4096
const { O_WRONLY, O_CREAT, O_EXCL, O_DIRECT } = fs.constants

/**
 * A new file whose whole pages go to the disk from where they are, past the page cache: filling that takes longer than
 * all else that is done with them, and nothing of it is read soon. What is no whole page goes through the cache.
 */
export class UncachedFile {
  readonly #path: string
  /** Writes directly. */
  #direct: number | undefined
  /** Writes through the page cache. */
  #cached: number | undefined

  private constructor(path: string) {
    this.#path = path
  }

  /** `direct` as `writesDirectly` says of its folder. Rejects as the system does, as do the others. */
  static async create(path: string, direct: boolean): Promise<UncachedFile> {
    const file = new UncachedFile(path)
    const fd = await open(path, O_WRONLY | O_CREAT | O_EXCL | (direct ? O_DIRECT : 0), 0o600)
    if (direct) file.#direct = fd
    else file.#cached = fd
    return file
  }

  /** Bytes at the beginning of a page are to be page-aligned in memory too if they are a page or more: whole pages go directly. */
  async write(bytes: Buffer, position: number): Promise<void> {
    const direct = this.#direct
    const pages = direct === undefined || position % PAGE_BYTES > 0 ? 0 : bytes.length - (bytes.length % PAGE_BYTES)
    if (direct !== undefined && pages > 0) await writeTo(direct, bytes.subarray(0, pages), position)
    if (pages === bytes.length) return
    this.#cached ??= await open(this.#path, O_WRONLY)
    await writeTo(this.#cached, bytes.subarray(pages), position + pages)
  }

  /** Everything that was written, whichever way. */
  async datasync(): Promise<void> {
    const file = this.#direct ?? this.#cached
    if (file !== undefined) await fdatasync(file)
  }

  /** There is nothing left to do for the system then: that takes no longer than asking a thread to do it. */
  close(): void {
    for (const file of [this.#direct, this.#cached]) if (file !== undefined) fs.closeSync(file)
    this.#direct = undefined
    this.#cached = undefined
  }
}

const writeTo = (file: number, bytes: Buffer, position: number) =>
  writeAll((rest, done) => write(file, rest, 0, rest.length, position + done), bytes)

/** Whether the file system of a folder takes direct writes: some do not, or of other sizes. */
export async function writesDirectly(path: string): Promise<boolean> {
  if (O_DIRECT === undefined) return false
  try {
    const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_DIRECT, 0o600)
    await write(file, pageAligned(PAGE_BYTES), 0, PAGE_BYTES, 0).finally(() => fs.closeSync(file))
    return true
  } catch {
    return false
  } finally {
    await rm(path, { force: true }).catch(() => {})
  }
}
