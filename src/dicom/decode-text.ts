import { G0, G1, WHOLE_ENCODINGS } from './character-sets.ts'
import type { Header } from './header.ts'

const ESC = 0x1b

/** `ISO 2022 IR 100` and `ISO_IR 100` name the same characters; other spellings of them are seen. */
const termOf = (value: string): string =>
  value
    .trim()
    .toUpperCase()
    .replace(/^ISO[ _-]?2022[ _-]IR[ _-]?/, 'ISO_IR ')
    .replace(/^ISO[ _-]IR[ _-]?/, 'ISO_IR ')

/** JIS X 0212 has no decoder of its own: in EUC-JP its characters follow 8FH. */
function decodeElement(bytes: Uint8Array, { encoding, high }: { encoding: string; high?: boolean }): string {
  if (!high) return new TextDecoder(encoding).decode(bytes)
  const raised = bytes.map((byte) => byte | 0x80)
  if (encoding !== 'jis-x-0212') return new TextDecoder(encoding).decode(raised)
  const pairs = Array.from({ length: Math.floor(raised.length / 2) }, (_, i) => [
    0x8f,
    ...raised.slice(2 * i, 2 * i + 2),
  ])
  return new TextDecoder('euc-jp').decode(Uint8Array.from(pairs.flat()))
}

/** Runs of bytes with and without the eighth bit: G1 and G0. */
function decodeRun(bytes: Uint8Array, g0: { encoding: string; high?: boolean }, g1: { encoding: string }): string {
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const isHigh = (bytes[at] ?? 0) >= 0x80
    let end = at
    while (end < bytes.length && (bytes[end] ?? 0) >= 0x80 === isHigh) end++
    text += decodeElement(bytes.subarray(at, end), isHigh ? g1 : g0)
    at = end
  }
  return text
}

/** The escape sequence at `at`, without ESC: intermediate bytes 20H to 2FH, and 24H, then one final byte. */
function escapeAt(bytes: Uint8Array, at: number): string {
  let end = at + 1
  while (end < bytes.length && (bytes[end] === 0x24 || ((bytes[end] ?? 0) >= 0x20 && (bytes[end] ?? 0) <= 0x2f))) end++
  return Buffer.from(bytes.subarray(at + 1, end + 1)).toString('latin1')
}

/** PS3.5 section 6.1.2.5: code extension techniques of ISO 2022. */
function decodeExtended(bytes: Uint8Array, first: string): string {
  let g0 = { encoding: first === 'shift_jis' ? 'shift_jis' : 'windows-1252' }
  let g1 = { encoding: first }
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] === ESC) {
      const sequence = escapeAt(bytes, at)
      g0 = G0[sequence] ?? g0
      g1 = G1[sequence] ?? g1
      at += 1 + sequence.length
      continue
    }
    const next = bytes.indexOf(ESC, at)
    const end = next < 0 ? bytes.length : next
    text += decodeRun(bytes.subarray(at, end), g0, g1)
    at = end
  }
  return text
}

/** A value in its Specific Character Set (0008,0005); what cannot be decoded becomes U+FFFD, never an error. */
export function decodeText(bytes: Uint8Array, characterSets: readonly string[]): string {
  const [first = 'ISO_IR 6'] = characterSets.map((value) => termOf(value) || 'ISO_IR 6')
  const encoding = WHOLE_ENCODINGS[first] ?? 'utf-8'
  const text =
    characterSets.length > 1 && bytes.includes(ESC)
      ? decodeExtended(bytes, encoding)
      : new TextDecoder(encoding).decode(bytes)
  return text.replace(/[\0 ]+$/, '')
}

/** A text as people read it; '' when there is none. An item has the character set of its data set unless it has its own. */
export function textOf(header: Header, keyword: string, dataSet = header): string {
  const bytes = header.bytes(keyword)
  const own = header.has('SpecificCharacterSet') ? header : dataSet
  return bytes ? decodeText(bytes, own.strings('SpecificCharacterSet')) : ''
}
