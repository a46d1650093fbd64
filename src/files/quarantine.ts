import { rename, writeFile } from 'node:fs/promises'
import type { Failure, FailureCode } from '../failure.ts'
import type { Folders } from './folders.ts'

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

/** Moves a file to quarantine, with a note of why. */
export async function quarantineFile(
  folders: Folders,
  id: string,
  path: string,
  reason: Failure,
  note: QuarantineNote,
): Promise<void> {
  const { callingAeTitle, calledAeTitle, sopClassUid, sopInstanceUid, transferSyntaxUid, sha256 } = note
  const lines = {
    code: reason.code,
    quarantinedAt: new Date().toISOString(),
    ...{ callingAeTitle, calledAeTitle, sopClassUid, sopInstanceUid, transferSyntaxUid, sha256 },
  }
  const target = folders.quarantinePath(id)
  await writeFile(target.replace(/dcm$/, 'json'), `${JSON.stringify(lines, null, 2)}\n`, { mode: 0o600 })
  await rename(path, target)
}
