import { Failure } from '../failure.ts'
import { explicitHeader, readExplicitHeader } from './element-header.ts'
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from './implementation.ts'

export type FileMeta = {
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly transferSyntaxUid: string
  readonly sourceAeTitle?: string | undefined
  readonly receivingAeTitle?: string | undefined
}

const GROUP = 0x0002
const PREAMBLE_BYTES = 128

const element = (number: number, vr: 'AE' | 'OB' | 'SH' | 'UI' | 'UL', value: Buffer): Buffer =>
  Buffer.concat([explicitHeader(GROUP * 0x10000 + number, vr, value.length), value])

const padded = (text: string, padding: '\0' | ' ') => Buffer.from(text.length % 2 ? text + padding : text, 'latin1')
const uid = (text: string) => padded(text, '\0')

/** Preamble, DICM prefix and File Meta Information, PS3.10 section 7.1: what stands before the data set of a file. */
export function encodeFileMeta(meta: FileMeta): Uint8Array {
  const { sopClassUid, sopInstanceUid, transferSyntaxUid, sourceAeTitle, receivingAeTitle } = meta
  const group = Buffer.concat([
    element(0x0001, 'OB', Buffer.from([0, 1])),
    element(0x0002, 'UI', uid(sopClassUid)),
    element(0x0003, 'UI', uid(sopInstanceUid)),
    element(0x0010, 'UI', uid(transferSyntaxUid)),
    element(0x0012, 'UI', uid(IMPLEMENTATION_CLASS_UID)),
    element(0x0013, 'SH', padded(IMPLEMENTATION_VERSION_NAME, ' ')),
    ...(sourceAeTitle ? [element(0x0016, 'AE', padded(sourceAeTitle, ' '))] : []),
    ...(receivingAeTitle ? [element(0x0018, 'AE', padded(receivingAeTitle, ' '))] : []),
  ])
  const groupLength = Buffer.alloc(4)
  groupLength.writeUInt32LE(group.length)
  const preamble = Buffer.alloc(PREAMBLE_BYTES + 4)
  preamble.write('DICM', PREAMBLE_BYTES, 'latin1')
  return Buffer.concat([preamble, element(0x0000, 'UL', groupLength), group])
}

function metaStart(bytes: Buffer): number {
  if (bytes.toString('latin1', PREAMBLE_BYTES, PREAMBLE_BYTES + 4) === 'DICM') return PREAMBLE_BYTES + 4
  // Some writers leave the preamble out; a file that begins with group 0002 can be nothing else.
  if (bytes.length >= 2 && bytes.readUInt16LE(0) === GROUP) return 0
  throw new Failure('DATA_SET_UNREADABLE', 'no DICM prefix: not a DICOM Part 10 file')
}

/** Walks the group by its elements: the group length in real files is not always right. */
function readGroup(bytes: Buffer): { values: Map<number, string>; end: number } {
  const values = new Map<number, string>()
  let at = metaStart(bytes)
  while (at + 8 <= bytes.length && bytes.readUInt16LE(at) === GROUP) {
    const { tag, valueAt, length } = readExplicitHeader(bytes, at)
    if (valueAt + length > bytes.length)
      throw new Failure('DATA_SET_UNREADABLE', 'the file meta information breaks off')
    const text = bytes.toString('latin1', valueAt, valueAt + length).replace(/^ +|[\0 ]+$/g, '')
    values.set(tag & 0xffff, text)
    at = valueAt + length
  }
  return { values, end: at }
}

/**
 * What the beginning of a Part 10 file says of it, and where its data set begins (bytes from the file's start).
 * @throws Failure DATA_SET_UNREADABLE
 */
export function parseFileMeta(file: Uint8Array): FileMeta & { readonly dataSetOffset: number } {
  const { values, end } = readGroup(Buffer.from(file.buffer, file.byteOffset, file.byteLength))
  const required = (number: number, keyword: string): string => {
    const value = values.get(number)
    if (!value) throw new Failure('DATA_SET_UNREADABLE', `${keyword} is missing in the file meta information`)
    return value
  }
  return {
    sopClassUid: required(0x0002, 'MediaStorageSOPClassUID'),
    sopInstanceUid: required(0x0003, 'MediaStorageSOPInstanceUID'),
    transferSyntaxUid: required(0x0010, 'TransferSyntaxUID'),
    sourceAeTitle: values.get(0x0016),
    receivingAeTitle: values.get(0x0018),
    dataSetOffset: end,
  }
}
