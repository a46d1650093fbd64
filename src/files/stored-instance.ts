import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { Failure } from '../failure.ts'
import { checkInstanceFile, readFileMeta, withFile } from './instance-file.ts'

/** What is known of an instance in the store. */
export type StoredInstance = {
  /** A UUID; names the file. */
  readonly id: string
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly studyInstanceUid: string
  readonly seriesInstanceUid: string
  readonly transferSyntaxUid: string
  readonly callingAeTitle: string
  readonly calledAeTitle: string
  /** Of the file. */
  readonly bytes: number
  /** Of the data set, without file meta information: 64 lower-case hexadecimal digits. */
  readonly sha256: string
  readonly receivedAt: Date
}

const READ_BYTES = 1024 * 1024

async function hashFrom(file: FileHandle, offset: number): Promise<string> {
  const hash = createHash('sha256')
  const buffer = Buffer.alloc(READ_BYTES)
  for (let at = offset; ; ) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at)
    if (bytesRead === 0) return hash.digest('hex')
    hash.update(buffer.subarray(0, bytesRead))
    at += bytesRead
  }
}

/**
 * Everything about a stored instance, from its file alone, which must hold what was written into it.
 * @throws Failure FILE_UNREADABLE, DATA_SET_UNREADABLE, SOP_CLASS_MISMATCH, UID_INVALID
 */
export const readStoredInstance = (id: string, path: string): Promise<StoredInstance> =>
  withFile(path, async (file) => {
    const meta = await readFileMeta(file)
    const { sopClassUid, sopInstanceUid, studyInstanceUid, seriesInstanceUid } = await checkInstanceFile(file, meta)
    const { size, mtime } = await file.stat()
    const sha256 = await hashFrom(file, meta.dataSetOffset)
    if (meta.dataSetSha256 !== undefined && meta.dataSetSha256 !== sha256)
      throw new Failure('DATA_SET_UNREADABLE', 'the data set is not whole: its SHA-256 is not the one written with it')
    return {
      id,
      sopClassUid,
      sopInstanceUid,
      studyInstanceUid,
      seriesInstanceUid,
      transferSyntaxUid: meta.transferSyntaxUid,
      callingAeTitle: meta.sourceAeTitle ?? '',
      calledAeTitle: meta.receivingAeTitle ?? '',
      bytes: size,
      sha256,
      receivedAt: mtime,
    }
  })
