import { access, constants, mkdir } from 'node:fs/promises'
import type { Config } from '../config/schema.ts'
import { Failure } from '../failure.ts'
import { freeBytesOf } from '../files/free-space.ts'

const unusable = (directory: string, cause: NodeJS.ErrnoException) =>
  new Failure('STORAGE_FAILED', `storage.directory ${directory} cannot be written to: ${cause.code}`, { cause })

/** @throws Failure STORAGE_FAILED */
export async function makeStorageDirectory({ storage: { directory } }: Config): Promise<void> {
  await mkdir(directory, { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
    throw unusable(directory, cause)
  })
}

/** Says how much is free. @throws Failure STORAGE_FAILED, DISK_FULL */
export async function checkDisk({ storage: { directory, minimumFree } }: Config): Promise<string> {
  await access(directory, constants.W_OK).catch((cause: NodeJS.ErrnoException) => {
    throw unusable(directory, cause)
  })
  const free = await freeBytesOf(directory)
  const words = `${(free / 1e9).toFixed(1)} GB free in ${directory}`
  if (free >= minimumFree) return words
  throw new Failure('DISK_FULL', `${words}, less than storage.minimumFree: make room`)
}
