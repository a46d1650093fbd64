import { Failure } from '../failure.ts'
import { trimmed } from '../study/padding.ts'
import { explicitHeader, readExplicitHeader } from './element-header.ts'
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from './implementation.ts'

export type FileMeta = {
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly transferSyntaxUid: string
  readonly sourceAeTitle?: string | undefined
  readonly receivingAeTitle?: string | undefined
}

type EncodedMeta = FileMeta & {
  /** Leaves room for the SHA-256 of the data set, in the last `SHA256_BYTES` of what is encoded. */
  readonly withSha256?: boolean
}

/**
 * Private Information, PS3.10 Table 7.1-1: of ours, it begins with the SHA-256 of the data set; zeros until that was
 * complete. What follows, if anything, is padding.
 */
export const SHA256_BYTES = 32

const GROUP = 0x0002
const PREAMBLE_BYTES = 128
/** Where the value of FileMetaInformationGroupLength stands: behind the DICM prefix and a header of 8 bytes. */
const GROUP_LENGTH_AT = PREAMBLE_BYTES + 12

const element = (number: number, vr: 'AE' | 'OB' | 'SH' | 'UI' | 'UL', value: Buffer): Buffer =>
  Buffer.concat([explicitHeader(GROUP * 0x10000 + number, vr, value.length), value])

const padded = (text: string, padding: '\0' | ' ') => Buffer.from(text.length % 2 ? text + padding : text, 'latin1')
const uid = (text: string) => padded(text, '\0')

/** Preamble, DICM prefix and File Meta Information, PS3.10 section 7.1: what stands before the data set of a file. */
export function encodeFileMeta(meta: EncodedMeta): Uint8Array {
  const { sopClassUid, sopInstanceUid, transferSyntaxUid, sourceAeTitle, receivingAeTitle, withSha256 } = meta
  const group = Buffer.concat([
    element(0x0001, 'OB', Buffer.from([0, 1])),
    element(0x0002, 'UI', uid(sopClassUid)),
    element(0x0003, 'UI', uid(sopInstanceUid)),
    element(0x0010, 'UI', uid(transferSyntaxUid)),
    element(0x0012, 'UI', uid(IMPLEMENTATION_CLASS_UID)),
    element(0x0013, 'SH', padded(IMPLEMENTATION_VERSION_NAME, ' ')),
    ...(sourceAeTitle ? [element(0x0016, 'AE', padded(sourceAeTitle, ' '))] : []),
    ...(receivingAeTitle ? [element(0x0018, 'AE', padded(receivingAeTitle, ' '))] : []),
    ...(withSha256 ? [element(0x0100, 'UI', uid(IMPLEMENTATION_CLASS_UID))] : []),
    ...(withSha256 ? [element(0x0102, 'OB', Buffer.alloc(SHA256_BYTES))] : []),
  ])
  const groupLength = Buffer.alloc(4)
  groupLength.writeUInt32LE(group.length)
  const preamble = Buffer.alloc(PREAMBLE_BYTES + 4)
  preamble.write('DICM', PREAMBLE_BYTES, 'latin1')
  return Buffer.concat([preamble, element(0x0000, 'UL', groupLength), group])
}

/** What was encoded `withSha256`, longer by so many bytes (an even number), which are zeros at its end. */
export function widenFileMeta(meta: Uint8Array, bytes: number): Buffer {
  const wide = Buffer.concat([meta, Buffer.alloc(bytes)])
  const informationLengthAt = meta.length - SHA256_BYTES - 4
  for (const at of [GROUP_LENGTH_AT, informationLengthAt]) wide.writeUInt32LE(wide.readUInt32LE(at) + bytes, at)
  return wide
}

function metaStart(bytes: Buffer): number {
  if (bytes.toString('latin1', PREAMBLE_BYTES, PREAMBLE_BYTES + 4) === 'DICM') return PREAMBLE_BYTES + 4
  // Some writers leave the preamble out; a file that begins with group 0002 can be nothing else.
  if (bytes.length >= 2 && bytes.readUInt16LE(0) === GROUP) return 0
  throw new Failure('DATA_SET_UNREADABLE', 'no DICM prefix: not a DICOM Part 10 file')
}

/** Walks the group by its elements: the group length in real files is not always right. */
function readGroup(bytes: Buffer): { values: Map<number, Buffer>; end: number } {
  const values = new Map<number, Buffer>()
  let at = metaStart(bytes)
  while (at + 8 <= bytes.length && bytes.readUInt16LE(at) === GROUP) {
    const { tag, valueAt, length } = readExplicitHeader(bytes, at)
    if (valueAt + length > bytes.length)
      throw new Failure('DATA_SET_UNREADABLE', 'the file meta information breaks off')
    values.set(tag & 0xffff, bytes.subarray(valueAt, valueAt + length))
    at = valueAt + length
  }
  return { values, end: at }
}

export type ParsedFileMeta = FileMeta & {
  /** Bytes from the file's start. */
  readonly dataSetOffset: number
  /** As it was when the file was written by a node; zeros when that was not finished. */
  readonly dataSetSha256: string | undefined
}

/**
 * What the beginning of a Part 10 file says of it, and where its data set begins (bytes from the file's start).
 * @throws Failure DATA_SET_UNREADABLE
 */
export function parseFileMeta(file: Uint8Array): ParsedFileMeta {
  const { values, end } = readGroup(Buffer.from(file.buffer, file.byteOffset, file.byteLength))
  const text = (number: number) => {
    const value = values.get(number)
    return value && trimmed(value.toString('latin1'))
  }
  const required = (number: number, keyword: string): string => {
    const value = text(number)
    if (!value) throw new Failure('DATA_SET_UNREADABLE', `${keyword} is missing in the file meta information`)
    return value
  }
  return {
    sopClassUid: required(0x0002, 'MediaStorageSOPClassUID'),
    sopInstanceUid: required(0x0003, 'MediaStorageSOPInstanceUID'),
    transferSyntaxUid: required(0x0010, 'TransferSyntaxUID'),
    sourceAeTitle: text(0x0016),
    receivingAeTitle: text(0x0018),
    dataSetOffset: end,
    dataSetSha256:
      text(0x0100) === IMPLEMENTATION_CLASS_UID ? values.get(0x0102)?.toString('hex', 0, SHA256_BYTES) : undefined,
  }
}
