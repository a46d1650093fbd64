import type { DataSet, Encapsulated, Value } from './data-set.ts'
import { type Attribute, attributeOf } from './dictionary.ts'
import { explicitHeader, hasLongLength, implicitHeader } from './element-header.ts'
import { encodeValue, invalid } from './write-value.ts'

const ITEM = 0xfffee000
const SEQUENCE_DELIMITATION = 0xfffee0dd
const UNDEFINED_LENGTH = 0xffffffff
const PIXEL_DATA = '7FE00010'
const MAX_SHORT_LENGTH = 0xfffe
/** Where PS3.6 leaves a choice: our numbers are unsigned; pixels of more than 8 bits are words (PS3.5 section 8.2). */
const CHOSEN_VR: Readonly<Record<string, string>> = { 'OB or OW': 'OB', 'US or SS': 'US', 'US or OW': 'US' }
const WIDE_PIXELS_VR: Readonly<Record<string, string>> = { ...CHOSEN_VR, 'OB or OW': 'OW' }

function knownAttribute(keyword: string, path: string): Attribute {
  try {
    return attributeOf(keyword)
  } catch {
    throw invalid(path, 'no such keyword in PS3.6')
  }
}

function attributeAt(keyword: string, path: string, chosen: typeof CHOSEN_VR): Attribute {
  const { tag, vr } = knownAttribute(keyword, path)
  if (tag.startsWith('0002') || tag.startsWith('FFFE')) throw invalid(path, 'does not belong into a data set')
  return { tag, vr: chosen[vr] ?? vr }
}

const lengthOf = (chunks: readonly Uint8Array[]): number => chunks.reduce((sum, chunk) => sum + chunk.length, 0)

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  // Never a pooled Buffer: its memory beyond the end is someone else's. Not cleared: all of it is written.
  const whole = new Uint8Array(Buffer.allocUnsafeSlow(lengthOf(chunks)).buffer)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

function elementHeader({ tag, vr }: Attribute, length: number, path: string): Uint8Array {
  if (!hasLongLength(vr) && length > MAX_SHORT_LENGTH)
    throw invalid(path, 'longer than its value representation can say')
  return explicitHeader(Number.parseInt(tag, 16), vr, length)
}

const isDataSet = (value: unknown): value is DataSet =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)

const isEncapsulated = (value: Value): value is Encapsulated =>
  isDataSet(value) && 'fragments' in value && Array.isArray(value.fragments)

/** PS3.5 Table A.4-1: an empty basic offset table, then the fragments, each even in length. */
function encodeFragments({ fragments }: Encapsulated): readonly Uint8Array[] {
  const items = fragments.flatMap((fragment) => {
    const padding = fragment.length % 2
    return [implicitHeader(ITEM, fragment.length + padding), fragment, new Uint8Array(padding)]
  })
  return [implicitHeader(ITEM, 0), ...items, implicitHeader(SEQUENCE_DELIMITATION, 0)]
}

function encodeSequence(value: Value, path: string): readonly Uint8Array[] {
  if (value === null) return []
  if (!Array.isArray(value)) throw invalid(path, 'a sequence is an array of data sets')
  const items: readonly unknown[] = value
  const pieces = items.flatMap((content, i) => {
    const at = `${path}[${i + 1}]`
    if (!isDataSet(content)) throw invalid(at, 'an item is a data set')
    const encoded = encodeElements(content, `${at}.`)
    return [implicitHeader(ITEM, lengthOf(encoded)), ...encoded]
  })
  // In one piece: a report is a tree of some thousand elements, and each level would hand on those of all below it.
  return [Buffer.concat(pieces)]
}

/** An attribute as it is written, in pieces: those that hold pixels are the data set's own. */
export type Element = { readonly tag: string; readonly pieces: readonly Uint8Array[] }

export const byTag = (a: Element, b: Element): number => (a.tag < b.tag ? -1 : 1)

/** As `encodeDataSet`, by attribute. */
export function elementsOf(dataSet: DataSet, prefix = ''): Element[] {
  const chosen = Number(dataSet.BitsAllocated ?? 8) > 8 ? WIDE_PIXELS_VR : CHOSEN_VR
  const attributes = Object.entries(dataSet).map(([keyword, value]) => {
    const path = prefix + keyword
    return { path, value, attribute: attributeAt(keyword, path, chosen) }
  })
  return attributes
    .map(({ path, value, attribute }) => ({ tag: attribute.tag, pieces: encodeElement(attribute, value, path) }))
    .sort(byTag)
}

function encodeElement(attribute: Attribute, value: Value, path: string): readonly Uint8Array[] {
  const { tag, vr } = attribute
  if (vr === 'OB' && tag === PIXEL_DATA && isEncapsulated(value))
    return [explicitHeader(Number.parseInt(tag, 16), vr, UNDEFINED_LENGTH), ...encodeFragments(value)]
  if (isEncapsulated(value)) throw invalid(path, 'fragments are for Pixel Data')
  const encoded = vr === 'SQ' ? encodeSequence(value, path) : encodeValue(value, vr, path)
  return [elementHeader(attribute, lengthOf(encoded), path), ...encoded]
}

const encodeElements = (dataSet: DataSet, prefix = ''): readonly Uint8Array[] =>
  elementsOf(dataSet, prefix).flatMap(({ pieces }) => pieces)

/**
 * Explicit VR little endian, tags ascending, every length defined; the same data set gives the same bytes. Strict: what
 * PS3.5 and PS3.6 do not allow is refused, nothing is cut or converted.
 * @throws Failure RESULT_INVALID naming the attribute by its keyword path, never its value
 */
export function encodeDataSet(dataSet: DataSet): Uint8Array {
  return concat(encodeElements(dataSet))
}
