import * as fs from 'node:fs'
import { promisify } from 'node:util'
import { Gathering } from '../gather.ts'

// Descriptors rather than handles: there are several a millisecond, and a handle costs more than what it is for.
const [open, fsync] = [promisify(fs.open), promisify(fs.fsync)]

/** Writes all of it: one write may take less than it was given. `write` gets what is left, and how much was written before. */
export async function writeAll(
  write: (rest: Buffer, done: number) => Promise<{ bytesWritten: number }>,
  bytes: Buffer,
): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await write(bytes.subarray(done), done)).bytesWritten
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
