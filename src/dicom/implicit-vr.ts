import { Failure } from '../failure.ts'
import { type ElementHeader, implicitHeader, readExplicitHeader, readImplicitHeader } from './element-header.ts'

const UNDEFINED_LENGTH = 0xffffffff
const ITEM = 0xfffee000
const ITEM_DELIMITATION = 0xfffee00d
const SEQUENCE_DELIMITATION = 0xfffee0dd
const VALUE_REPRESENTATION = /^[A-Z]{2}$/

const unreadable = (message: string, cause?: unknown) => new Failure('DATA_SET_UNREADABLE', message, { cause })

type Cursor = { readonly bytes: Buffer; at: number }
type ReadHeader = (bytes: Buffer, at: number) => ElementHeader

/** The headers within `length` bytes, or up to the delimitation where that is undefined; whoever takes one passes its value. */
function* headers(cursor: Cursor, length: number, delimitation: number, read: ReadHeader): Generator<ElementHeader> {
  const end = length === UNDEFINED_LENGTH ? Number.POSITIVE_INFINITY : cursor.at + length
  while (cursor.at < end) {
    const header = read(cursor.bytes, cursor.at)
    cursor.at = header.valueAt
    if (length === UNDEFINED_LENGTH && header.tag === delimitation) return
    yield header
  }
  if (cursor.at > end) throw unreadable('a data element is longer than what it is part of')
}

function takeValue(cursor: Cursor, length: number): Buffer {
  const value = cursor.bytes.subarray(cursor.at, cursor.at + length)
  if (value.length < length) throw unreadable('the data set ends inside a data element')
  cursor.at += length
  return value
}

function convertItems(cursor: Cursor, length: number, read: ReadHeader): Buffer {
  const chunks: Buffer[] = []
  for (const item of headers(cursor, length, SEQUENCE_DELIMITATION, read)) {
    if (item.tag !== ITEM) throw unreadable('a sequence has something else than items')
    const content = convertElements(cursor, item.length, read)
    chunks.push(implicitHeader(ITEM, content.length), content)
  }
  return Buffer.concat(chunks)
}

function convertElements(cursor: Cursor, length: number, read: ReadHeader): Buffer {
  const chunks: Buffer[] = []
  for (const element of headers(cursor, length, ITEM_DELIMITATION, read)) {
    if (!VALUE_REPRESENTATION.test(element.vr)) throw unreadable('a data element has no value representation')
    // UN of undefined length is a sequence in Implicit VR Little Endian, PS3.5 section 6.2.2.
    const within = element.vr === 'UN' ? readImplicitHeader : read
    const isSequence = element.vr === 'SQ' || element.length === UNDEFINED_LENGTH
    const value = isSequence ? convertItems(cursor, element.length, within) : takeValue(cursor, element.length)
    // A group length (retired, PS3.5 section 7.2) would no longer be right.
    if ((element.tag & 0xffff) !== 0) chunks.push(implicitHeader(element.tag, value.length), value)
  }
  return Buffer.concat(chunks)
}

/**
 * A data set in Explicit VR Little Endian, native pixels if any, as Implicit VR Little Endian, the default transfer
 * syntax (PS3.5 Annex A.1); every length is then defined.
 * @throws Failure DATA_SET_UNREADABLE
 */
export function toImplicitVr(dataSet: Buffer): Buffer {
  try {
    return convertElements({ bytes: dataSet, at: 0 }, dataSet.length, readExplicitHeader)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw unreadable('the data set breaks off inside a data element, or is nested too deeply', error)
  }
}
