import type { DataSet, Value } from './data-set.ts'
import { type Attribute, attributeOf } from './dictionary.ts'
import { encodeValue, invalid } from './write-value.ts'

const ITEM = 'FFFEE000'
const MAX_SHORT_LENGTH = 0xfffe
/** VRs whose length takes 4 bytes after 2 reserved ones, PS3.5 Table 7.1-1. */
const LONG_VRS: readonly string[] = ['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']
/** Where PS3.6 leaves a choice: our pixels are 8-bit (PS3.5 section 8.2 asks OB or OW), our numbers unsigned. */
const CHOSEN_VR: Readonly<Record<string, string>> = { 'OB or OW': 'OB', 'US or SS': 'US', 'US or OW': 'US' }

function knownAttribute(keyword: string, path: string): Attribute {
  try {
    return attributeOf(keyword)
  } catch {
    throw invalid(path, 'no such keyword in PS3.6')
  }
}

function attributeAt(keyword: string, path: string): Attribute {
  const { tag, vr } = knownAttribute(keyword, path)
  if (tag.startsWith('0002') || tag.startsWith('FFFE')) throw invalid(path, 'does not belong into a data set')
  return { tag, vr: CHOSEN_VR[vr] ?? vr }
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  // Never a pooled Buffer: its memory beyond the end is someone else's.
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

function putTag(view: DataView, tag: string): void {
  view.setUint16(0, Number.parseInt(tag.slice(0, 4), 16), true)
  view.setUint16(2, Number.parseInt(tag.slice(4), 16), true)
}

/** Explicit VR little endian, PS3.5 section 7.1.2. */
function elementHeader({ tag, vr }: Attribute, length: number, path: string): Uint8Array {
  const long = LONG_VRS.includes(vr)
  if (!long && length > MAX_SHORT_LENGTH) throw invalid(path, 'longer than its value representation can say')
  const header = new Uint8Array(long ? 12 : 8)
  const view = new DataView(header.buffer)
  putTag(view, tag)
  header.set(new TextEncoder().encode(vr), 4)
  if (long) view.setUint32(8, length, true)
  else view.setUint16(6, length, true)
  return header
}

function item(content: Uint8Array): readonly Uint8Array[] {
  const header = new Uint8Array(8)
  const view = new DataView(header.buffer)
  putTag(view, ITEM)
  view.setUint32(4, content.length, true)
  return [header, content]
}

const isDataSet = (value: unknown): value is DataSet =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)

function encodeSequence(value: Value, path: string): Uint8Array {
  if (value === null) return new Uint8Array(0)
  if (!Array.isArray(value)) throw invalid(path, 'a sequence is an array of data sets')
  const items: readonly unknown[] = value
  return concat(
    items.flatMap((content, i) => {
      const at = `${path}[${i + 1}]`
      if (!isDataSet(content)) throw invalid(at, 'an item is a data set')
      return item(encodeElements(content, `${at}.`))
    }),
  )
}

function encodeElements(dataSet: DataSet, prefix: string): Uint8Array {
  const elements = Object.entries(dataSet).map(([keyword, value]) => {
    const path = prefix + keyword
    return { path, value, attribute: attributeAt(keyword, path) }
  })
  elements.sort((a, b) => (a.attribute.tag < b.attribute.tag ? -1 : 1))
  return concat(
    elements.flatMap(({ path, value, attribute }) => {
      const { vr } = attribute
      const bytes = vr === 'SQ' ? encodeSequence(value, path) : encodeValue(value, vr, path)
      return [elementHeader(attribute, bytes.length, path), bytes]
    }),
  )
}

/**
 * Explicit VR little endian, tags ascending, every length defined; the same data set gives the same bytes. Strict: what
 * PS3.5 and PS3.6 do not allow is refused, nothing is cut or converted.
 * @throws Failure RESULT_INVALID naming the attribute by its keyword path, never its value
 */
export function encodeDataSet(dataSet: DataSet): Uint8Array {
  return encodeElements(dataSet, '')
}
