import * as fs from 'node:fs'
import { promisify } from 'node:util'
import { Gathering } from '../gather.ts'

// Descriptors rather than handles: there are several a millisecond, and a handle costs more than what it is for.
const [open, fsync] = [promisify(fs.open), promisify(fs.fsync)]

/** Writes all of it: one writev may take less than it was given. */
export async function writeAll(
  writev: (buffers: Buffer[]) => Promise<{ bytesWritten: number }>,
  buffers: Buffer[],
): Promise<void> {
  let left = buffers
  while (left.length > 0) {
    let { bytesWritten } = await writev(left)
    let whole = 0
    for (; whole < left.length; whole++) {
      const { length } = left[whole] ?? Buffer.alloc(0)
      if (bytesWritten < length) break
      bytesWritten -= length
    }
    const [cut, ...rest] = left.slice(whole)
    left = cut ? [cut.subarray(bytesWritten), ...rest] : []
  }
}

/**
 * Makes renames into a folder durable. Those who ask while one fsync runs share the next one (that one may have passed
 * over their rename): with many associations there are far fewer than instances.
 */
export class FolderSync {
  readonly #path: string
  readonly #gathering = new Gathering<void, void>(async (asked) => {
    await this.#fsync()
    return asked
  })
  #folder: Promise<number> | undefined

  constructor(path: string) {
    this.#path = path
  }

  sync(): Promise<void> {
    return this.#gathering.ask()
  }

  /** The folder is opened once, for as long as the process lives: opening it takes as long as the fsync. */
  async #fsync(): Promise<void> {
    this.#folder ??= open(this.#path, 'r')
    try {
      await fsync(await this.#folder)
    } catch (error) {
      // Next time it may be there again, or be another one.
      this.#folder = undefined
      throw error
    }
  }
}
