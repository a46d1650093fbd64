import { statfs } from 'node:fs/promises'
import { Failure } from '../failure.ts'

const LIFE_MS = 1000

export async function freeBytesOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize
}

/** Throws DISK_FULL while less than `minimumBytes` are free; looks once a second at most. */
export function openSpaceCheck(directory: string, minimumBytes: number): () => Promise<void> {
  let lookedAt = Number.NEGATIVE_INFINITY
  let free = Promise.resolve(0)
  return async () => {
    if (performance.now() - lookedAt > LIFE_MS) {
      lookedAt = performance.now()
      free = freeBytesOf(directory)
    }
    if ((await free) < minimumBytes) throw new Failure('DISK_FULL', 'less space is free than must stay free')
  }
}
