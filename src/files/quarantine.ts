import { randomUUID } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import type { Failure, FailureCode } from '../failure.ts'
import { errorCode } from '../failure.ts'
import { exists, type Folders } from './folders.ts'

/** Instances that cannot be understood or are not what their command said; another content under a known UID likewise. */
export const QUARANTINED: readonly FailureCode[] = [
  'CONTENT_CONFLICT',
  'DATA_SET_UNREADABLE',
  'SOP_CLASS_MISMATCH',
  'UID_INVALID',
]

/** What is written beside a file in quarantine: nothing of the patient. */
export type QuarantineNote = {
  readonly callingAeTitle: string
  readonly calledAeTitle: string
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly transferSyntaxUid: string
  readonly sha256: string
}

/** How often the same content came to quarantine before. */
async function timesIn(notePath: string): Promise<number> {
  try {
    const { times }: { times?: unknown } = JSON.parse(await readFile(notePath, 'utf8'))
    return typeof times === 'number' ? times : 0
  } catch {
    return 0
  }
}

/** Never half a note: a disk that is full leaves the last one. */
async function writeNote(folders: Folders, path: string, lines: object): Promise<void> {
  const part = folders.incomingPath(randomUUID())
  try {
    await writeFile(part, `${JSON.stringify(lines, null, 2)}\n`, { mode: 0o600 })
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true }).catch(() => {})
    throw error
  }
}

/**
 * Moves a file to quarantine, with a note of why; the same data set again takes the place of the first. false when the
 * file is gone: another process was faster.
 */
export async function quarantineFile(
  folders: Folders,
  id: string,
  path: string,
  reason: Failure,
  note: QuarantineNote,
): Promise<boolean> {
  const { callingAeTitle, calledAeTitle, sopClassUid, sopInstanceUid, transferSyntaxUid, sha256 } = note
  const target = folders.quarantinePath(sha256 || id)
  const notePath = target.replace(/dcm$/, 'json')
  if (!(await exists(path))) return false
  await writeNote(folders, notePath, {
    code: reason.code,
    quarantinedAt: new Date().toISOString(),
    times: (await timesIn(notePath)) + 1,
    ...{ callingAeTitle, calledAeTitle, sopClassUid, sopInstanceUid, transferSyntaxUid, sha256 },
  })
  return moved(path, target)
}

async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}
