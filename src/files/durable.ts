import { type FileHandle, open } from 'node:fs/promises'

/** Writes all of it: one writev may take less than it was given. */
export async function writeAll(file: FileHandle, buffers: Buffer[]): Promise<void> {
  let left = buffers
  while (left.length > 0) {
    let { bytesWritten } = await file.writev(left)
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

async function fsyncOnce(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/**
 * Makes renames into a folder durable. Those who ask while one fsync runs share the next one: with many associations
 * there are far fewer than instances.
 */
export class FolderSync {
  readonly #path: string
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(path: string) {
    this.#path = path
  }

  sync(): Promise<void> {
    if (this.#next) return this.#next
    if (!this.#running) return this.#start()
    // One that runs already may have passed over the caller's rename.
    this.#next = this.#running.catch(() => {}).then(() => this.#start())
    return this.#next
  }

  #start(): Promise<void> {
    this.#next = undefined
    const running = fsyncOnce(this.#path).finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#running = running
    return running
  }
}
