import { type FileHandle, open } from 'node:fs/promises'
import { checkInstance, type InstanceFacts, MAX_HEADER_BYTES } from '../dicom/check-instance.ts'
import { type ParsedFileMeta, parseFileMeta } from '../dicom/file-meta.ts'
import { type Header, parseHeader } from '../dicom/header.ts'
import { Failure } from '../failure.ts'

/** 64 KB hold nearly every header. */
const PREFIX_BYTES = [64 * 1024, 1024 * 1024, MAX_HEADER_BYTES] as const

/** The file's beginning, as long as `read` asks for more; the last prefix is the whole file or MAX_HEADER_BYTES. */
async function withPrefix<T>(file: FileHandle, read: (prefix: Buffer, totalBytes: number) => T | 'more'): Promise<T> {
  const { size } = await file.stat()
  for (const longest of PREFIX_BYTES) {
    const length = Math.min(size, longest)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0)
    const result = read(buffer.subarray(0, bytesRead), size)
    if (result !== 'more') return result
    if (length === size) break
  }
  throw new Failure('DATA_SET_UNREADABLE', 'the header does not end')
}

/** @throws Failure DATA_SET_UNREADABLE, SOP_CLASS_MISMATCH, UID_INVALID */
export const checkInstanceFile = (
  file: FileHandle,
  command: { readonly sopClassUid: string; readonly sopInstanceUid: string },
): Promise<InstanceFacts> => withPrefix(file, (prefix, totalBytes) => checkInstance(prefix, totalBytes, command))

/** @throws Failure DATA_SET_UNREADABLE */
export const readFileMeta = (file: FileHandle): Promise<ParsedFileMeta> => withPrefix(file, parseFileMeta)

/** What stands before the pixels of a Part 10 file. @throws Failure DATA_SET_UNREADABLE */
export const readFileHeader = (file: FileHandle): Promise<Header> =>
  withPrefix(file, (prefix, totalBytes) => {
    const whole = prefix.length === totalBytes || prefix.length === MAX_HEADER_BYTES
    try {
      const header = parseHeader(prefix, MAX_HEADER_BYTES)
      return whole || header.pixelDataAt ? header : 'more'
    } catch (error) {
      if (whole) throw error
      return 'more'
    }
  })

/** Opens for reading, and closes whatever happens. @throws Failure FILE_UNREADABLE, and what `use` throws */
export async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'r').catch((cause) => {
    throw new Failure('FILE_UNREADABLE', 'a stored instance cannot be opened', { cause })
  })
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

/** A Part 10 file as a Storage SCU wants it. */
export type InstanceFile = {
  readonly path: string
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly transferSyntaxUid: string
  readonly dataSetOffset: number
}

/** @throws Failure FILE_UNREADABLE, DATA_SET_UNREADABLE */
export const readInstanceFile = (path: string): Promise<InstanceFile> =>
  withFile(path, async (file) => {
    const { sopClassUid, sopInstanceUid, transferSyntaxUid, dataSetOffset } = await readFileMeta(file)
    return { path, sopClassUid, sopInstanceUid, transferSyntaxUid, dataSetOffset }
  })
