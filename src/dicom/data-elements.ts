import { constants, inflateRawSync } from 'node:zlib'
import dicomParser, { type ByteStream, type Element } from 'dicom-parser'
import { errorCode, Failure } from '../failure.ts'
import { TransferSyntax } from './transfer-syntaxes.ts'

/** Data elements by tag (`x00280010`), with the bytes their offsets count in. */
export type Elements = {
  readonly bytes: Uint8Array
  readonly bigEndian: boolean
  readonly byTag: Readonly<Record<string, Element>>
}

export const PIXEL_DATA = 'x7fe00010'
const VALUE_REPRESENTATION = /^[A-Z]{2}$/
/** A whole radiograph stays far below this. */
const MAX_INFLATED_BYTES = 512 * 1024 * 1024

/**
 * Of tags and short lengths, so that no header takes longer than a tenth of a second: three or four for each data element,
 * nested ones too. A radiograph has a few hundred elements.
 */
const MOST_READS = 150_000

const unreadable = (message: string, cause?: unknown) => new Failure('DATA_SET_UNREADABLE', message, { cause })

function streamOf(bytes: Uint8Array, position: number, bigEndian = false): ByteStream {
  const parser = bigEndian ? dicomParser.bigEndianByteArrayParser : dicomParser.littleEndianByteArrayParser
  let left = MOST_READS
  const readUint16 = (from: Uint8Array, at: number): number => {
    if (left-- === 0) throw unreadable('too many data elements')
    return parser.readUint16(from, at)
  }
  return new dicomParser.ByteStream({ ...parser, readUint16 }, bytes, position)
}

function nextTag(stream: ByteStream): string {
  const tag = dicomParser.readTag(stream)
  stream.seek(-4)
  return tag
}

function readExplicitElement(stream: ByteStream): Element {
  const start = stream.position
  const tag = dicomParser.readTag(stream)
  const vr = stream.readFixedString(2)
  if (!VALUE_REPRESENTATION.test(vr)) throw unreadable('a data element has no value representation')
  if (vr !== 'OV' && vr !== 'SV' && vr !== 'UV') {
    stream.seek(start - stream.position)
    return dicomParser.readDicomElementExplicit(stream, [], PIXEL_DATA)
  }
  // 64-bit VRs are younger than the parser, PS3.5 section 7.1.2: reserved bytes and a length of 4 bytes.
  stream.seek(2)
  const length = stream.readUint32()
  const dataOffset = stream.position
  stream.seek(length)
  return { tag, vr, length, dataOffset }
}

function readFileMeta(part10: Uint8Array): { byTag: Record<string, Element>; end: number } {
  const stream = streamOf(part10, 0)
  // Some writers leave the preamble out; a file that begins with group 0002 can be nothing else.
  if (!nextTag(stream).startsWith('x0002')) {
    stream.seek(128)
    if (stream.readFixedString(4) !== 'DICM') throw unreadable('no DICM prefix: not a DICOM Part 10 file')
  }
  const byTag: Record<string, Element> = {}
  while (stream.position < part10.length && nextTag(stream).startsWith('x0002')) {
    const element = dicomParser.readDicomElementExplicit(stream)
    if (stream.position > part10.length) throw unreadable('the file ends inside its meta information')
    byTag[element.tag] = element
  }
  return { byTag, end: stream.position }
}

/** Up to and with Pixel Data; what follows it (PS3.5 Annex A: padding, signatures) is nobody's business here. */
function readDataSet(stream: ByteStream, explicit: boolean): Record<string, Element> {
  const byTag: Record<string, Element> = {}
  while (stream.position < stream.byteArray.length) {
    const element = explicit ? readExplicitElement(stream) : dicomParser.readDicomElementImplicit(stream, PIXEL_DATA)
    // The parser steps over the end without a word.
    if (stream.position > stream.byteArray.length) throw unreadable('the data set ends inside a data element')
    byTag[element.tag] = element
    if (element.tag === PIXEL_DATA) break
  }
  return byTag
}

// The beginning of a file inflates as far as it goes: Z_SYNC_FLUSH.
const inflate = (deflated: Uint8Array, maxOutputLength: number): Uint8Array =>
  inflateRawSync(deflated, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength })

/** Deflate makes no more of one byte (RFC 1951): 258 bytes of a length and a distance of one bit each. */
const MOST_OF_A_BYTE = 1032

/**
 * The beginning of what is deflated, `most` bytes at most: 1 KB can become 1 MB, and a header has no need of it. What its
 * first bytes become tells how many to take, so that not even a bomb is inflated further and thrown away.
 */
function inflateBeginning(deflated: Uint8Array, most: number): Uint8Array {
  const few = deflated.subarray(0, Math.floor(most / MOST_OF_A_BYTE))
  const first = inflate(few, most)
  if (few.length === deflated.length || first.length > most / 2) return first
  const likely = first.length > 0 ? Math.floor((most * few.length) / first.length) : deflated.length
  for (let part = deflated.subarray(0, likely); ; part = part.subarray(0, part.length >> 1)) {
    try {
      return inflate(part, most)
    } catch (error) {
      if (errorCode(error) !== 'ERR_BUFFER_TOO_LARGE' || part.length < 2) throw error
    }
  }
}

const inflated = (deflated: Uint8Array, most: number | undefined) =>
  most === undefined ? inflate(deflated, MAX_INFLATED_BYTES) : inflateBeginning(deflated, most)

/** The parser throws strings, wrappers and, for very deep nesting, a RangeError. */
function orUnreadable<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof Failure) throw error
    throw unreadable('the data set breaks off or cannot be parsed', error)
  }
}

/**
 * The elements of a Part 10 file, or of its beginning, up to Pixel Data. Of a deflated data set no more is inflated than
 * `mostInflated` where that is given.
 * @throws Failure DATA_SET_UNREADABLE, also when the bytes end inside an element before Pixel Data
 */
export function readPart10(
  part10: Uint8Array,
  mostInflated?: number,
): { transferSyntaxUid: string; meta: Elements; dataSet: Elements } {
  return orUnreadable(() => {
    const { byTag, end } = readFileMeta(part10)
    const syntax = byTag.x00020010
    if (!syntax) throw unreadable('the file meta information names no transfer syntax')
    const transferSyntaxUid = dicomParser.readFixedString(part10, syntax.dataOffset, syntax.length).trim()
    const deflated = transferSyntaxUid === TransferSyntax.DeflatedExplicitVrLittleEndian
    const bigEndian = transferSyntaxUid === TransferSyntax.ExplicitVrBigEndian
    const bytes = deflated ? inflated(part10.subarray(end), mostInflated) : part10
    const explicit = transferSyntaxUid !== TransferSyntax.ImplicitVrLittleEndian
    const elements = readDataSet(streamOf(bytes, deflated ? 0 : end, bigEndian), explicit)
    const meta = { bytes: part10, bigEndian: false, byTag }
    return { transferSyntaxUid, meta, dataSet: { bytes, bigEndian, byTag: elements } }
  })
}

/** The items of a sequence, each with its own elements. A sequence sent as UN is Implicit VR Little Endian, PS3.5 6.2.2. */
export function readItems({ bytes, bigEndian }: Elements, element: Element): Elements[] {
  if (element.items) return element.items.map((item) => ({ bytes, bigEndian, byTag: item.dataSet?.elements ?? {} }))
  if (element.vr !== 'UN' || element.length === 0) return []
  return orUnreadable(() => {
    const sequence: Element = { tag: element.tag, length: element.length, dataOffset: element.dataOffset }
    dicomParser.readSequenceItemsImplicit(streamOf(bytes, element.dataOffset), sequence)
    return readItems({ bytes, bigEndian: false, byTag: {} }, sequence)
  })
}
