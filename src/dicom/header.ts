import type { Element } from 'dicom-parser'
import { trimmed } from '../study/padding.ts'
import { type Elements, PIXEL_DATA, readItems, readPart10 } from './data-elements.ts'
import { decodeText } from './decode-text.ts'
import { attributeOf } from './dictionary.ts'

/** What stands before the pixels, by keyword (PS3.6). */
export type Header = {
  readonly transferSyntaxUid: string
  has(keyword: string): boolean
  /** The value as encoded, padding included; undefined when absent, a sequence, or Pixel Data. */
  bytes(keyword: string): Uint8Array | undefined
  /** Text split at backslashes and trimmed, Latin-1: for codes, UIDs and numbers, not for people's names. */
  strings(keyword: string): string[]
  /** The whole value in the data set's Specific Character Set, for people to read; undefined when absent. */
  text(keyword: string): string | undefined
  /** The first value that is not empty. */
  string(keyword: string): string | undefined
  /** US, SS, UL, SL, FL, FD, IS and DS values in the encoding's byte order; what is no number is left out. */
  numbers(keyword: string): number[]
  number(keyword: string): number | undefined
  /** The items of a sequence; [] when absent. */
  items(keyword: string): Header[]
  /** Where Pixel Data's value begins in `bytes` (the inflated ones where deflated), and its length unless undefined. */
  readonly pixelDataAt:
    | { readonly bytes: Uint8Array; readonly offset: number; readonly length: number | undefined }
    | undefined
}

const SIZE: Readonly<Record<string, number>> = { US: 2, SS: 2, UL: 4, SL: 4, FL: 4, FD: 8 }
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/

function binaryNumbers(value: Uint8Array, vr: string, bigEndian: boolean): number[] {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
  const size = SIZE[vr] ?? 0
  const read = (at: number): number => {
    if (vr === 'US') return view.getUint16(at, !bigEndian)
    if (vr === 'SS') return view.getInt16(at, !bigEndian)
    if (vr === 'UL') return view.getUint32(at, !bigEndian)
    if (vr === 'SL') return view.getInt32(at, !bigEndian)
    return vr === 'FL' ? view.getFloat32(at, !bigEndian) : view.getFloat64(at, !bigEndian)
  }
  return Array.from({ length: Math.floor(value.length / size) }, (_, i) => read(i * size))
}

type Root = { readonly transferSyntaxUid: string; readonly meta: Elements; readonly signed: () => boolean }
type Found = { readonly element: Element; readonly within: Elements; readonly vr: string }

function find(own: Elements, root: Root, keyword: string): Found | undefined {
  const { tag, vr } = attributeOf(keyword)
  const within = tag.startsWith('0002') ? root.meta : own
  const element = within.byTag[`x${tag.toLowerCase()}`]
  if (!element) return undefined
  if (element.vr !== undefined && element.vr !== 'UN') return { element, within, vr: element.vr }
  return { element, within, vr: vr.startsWith('US or') ? (root.signed() ? 'SS' : 'US') : vr }
}

function valueBytes(found: Found | undefined): Uint8Array | undefined {
  if (!found || found.element.items || found.element.tag === PIXEL_DATA) return undefined
  const { dataOffset, length } = found.element
  return found.within.bytes.subarray(dataOffset, dataOffset + length)
}

function textValues(value: Uint8Array | undefined): string[] {
  if (!value || value.length === 0) return []
  const text = Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1')
  return text.split('\\').map(trimmed)
}

function numericValues(found: Found | undefined): number[] {
  const value = valueBytes(found)
  if (!found || !value) return []
  if (SIZE[found.vr]) return binaryNumbers(value, found.vr, found.within.bigEndian)
  return textValues(value).flatMap((text) => (NUMBER.test(text) ? [Number(text)] : []))
}

function headerOf(own: Elements, root: Root, inherited: readonly string[] = []): Header {
  const { transferSyntaxUid } = root
  const bytes = (keyword: string) => valueBytes(find(own, root, keyword))
  const has = (keyword: string) => find(own, root, keyword) !== undefined
  const strings = (keyword: string) => textValues(bytes(keyword))
  // An item without a Specific Character Set has that of the data set around it, PS3.3 C.12.1.1.2.
  const terms = has('SpecificCharacterSet') ? strings('SpecificCharacterSet') : inherited
  const numbers = (keyword: string) => numericValues(find(own, root, keyword))
  const pixelData = own.byTag[PIXEL_DATA]
  return {
    ...{ transferSyntaxUid, has, bytes, strings, numbers },
    text(keyword) {
      const value = bytes(keyword)
      return value && decodeText(value, terms, attributeOf(keyword).vr === 'PN')
    },
    string: (keyword) => strings(keyword).find((text) => text !== ''),
    number: (keyword) => numbers(keyword)[0],
    items(keyword) {
      const found = find(own, root, keyword)
      return found ? readItems(found.within, found.element).map((item) => headerOf(item, root, terms)) : []
    },
    pixelDataAt: pixelData && {
      bytes: own.bytes,
      offset: pixelData.dataOffset,
      length: pixelData.hadUndefinedLength ? undefined : pixelData.length,
    },
  }
}

/**
 * Reads a Part 10 file, or as much of its beginning as has come, up to Pixel Data. Who wants no pixels says how much of a
 * deflated one `mostInflated` is enough.
 * @throws Failure DATA_SET_UNREADABLE, also when the bytes end inside an element before Pixel Data
 */
export function parseHeader(part10: Uint8Array, mostInflated?: number): Header {
  const { transferSyntaxUid, meta, dataSet } = readPart10(part10, mostInflated)
  const header: Header = headerOf(dataSet, {
    transferSyntaxUid,
    meta,
    signed: () => header.number('PixelRepresentation') === 1,
  })
  return header
}
