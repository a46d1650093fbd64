import { createHash, randomUUID } from 'node:crypto'
import { open, rename, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode, Failure } from '../failure.ts'
import type { Folders } from './folders.ts'
import { storageFailure } from './storage-failure.ts'

/** A Part 10 file, an HL7 message, or a heat map in NumPy's format. */
export type ResultExtension = 'dcm' | 'hl7' | 'npy'
export type SavedResult = { readonly file: string; readonly sha256: string }

export const RESULT_NAME = /^[0-9a-f]{64}\.(dcm|hl7|npy)$/

/** @throws Failure NOT_FOUND for what is no result's name */
export function resultPath(folders: Folders, file: string): string {
  if (!RESULT_NAME.test(file)) throw new Failure('NOT_FOUND', 'not the name of a result')
  return join(folders.results, file)
}

/**
 * Keeps an encoded result under the name of its content; durable when it resolves, and the same again changes nothing.
 * @throws Failure DISK_FULL, STORAGE_FAILED
 */
export async function saveResult(
  folders: Folders,
  bytes: Uint8Array,
  extension: ResultExtension,
): Promise<SavedResult> {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const saved = { file: `${sha256}.${extension}`, sha256 }
  const path = resultPath(folders, saved.file)
  const part = folders.incomingPath(randomUUID())
  try {
    if (!(await takeUp(path))) {
      await writeDurably(part, bytes)
      await rename(part, path)
    }
    await folders.resultsSync.sync()
    return saved
  } catch (error) {
    await rm(part, { force: true }).catch(() => {})
    throw storageFailure(error)
  }
}

/** Whether it is there; it is young then, so that nobody takes it for one that was left behind. */
async function takeUp(path: string): Promise<boolean> {
  const now = new Date()
  try {
    await utimes(path, now, now)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.datasync()
  } finally {
    await file.close()
  }
}
