import { TextDecoder } from 'node:util'
import { withoutPadding } from '../study/padding.ts'
import { characterSetOf, ESCAPES, type GraphicSet } from './character-sets.ts'

const ESCAPE = 0x1b
/** At these the sets in force are the first ones again, PS3.5 section 6.1.2.5.3; `\`, `^` and `=` in names, `\` in other text. */
const CONTROLS: readonly number[] = [0x09, 0x0a, 0x0c, 0x0d]
const BACKSLASH = 0x5c
const NAME_DELIMITERS: readonly number[] = [0x5e, 0x3d]

const decoders = new Map<string, TextDecoder>()

function decode(label: string, bytes: Uint8Array): string {
  // The Encoding Standard's latin1 is Windows' code page 1252.
  if (label === 'latin1') return Buffer.from(bytes).toString('latin1')
  const decoder = decoders.get(label) ?? new TextDecoder(label, { ignoreBOM: true })
  decoders.set(label, decoder)
  return decoder.decode(bytes)
}

/** One run of bytes of one half, in the set of that half. */
function decodeRun({ label, wide }: GraphicSet, run: readonly number[]): string {
  if (!wide) return decode(label, Uint8Array.from(run))
  const { shift } = wide
  const raised = run.map((byte) => byte | 0x80)
  if (shift === undefined) return decode(label, Uint8Array.from(raised))
  return decode(label, Uint8Array.from(raised.flatMap((byte, i) => (i % 2 === 0 ? [shift, byte] : [byte]))))
}

type Sets = { left: GraphicSet; right: GraphicSet }

/** The escape sequence that begins at `at`: which set it calls in, and how many bytes it has. */
function escapeAt(bytes: Uint8Array, at: number): { change: Partial<Sets>; length: number } {
  for (const length of [2, 3]) {
    const found = ESCAPES[String.fromCharCode(...bytes.subarray(at + 1, at + 1 + length))]
    if (found) return { change: { [found.half]: found.set }, length: length + 1 }
  }
  return { change: {}, length: 1 }
}

function decodeExtended(bytes: Uint8Array, first: Sets, isDelimiter: (byte: number) => boolean): string {
  let sets = first
  let text = ''
  let at = 0
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0
    if (byte === ESCAPE) {
      const { change, length } = escapeAt(bytes, at)
      sets = { ...sets, ...change }
      at += length
      continue
    }
    if (CONTROLS.includes(byte) || (!sets.left.wide && isDelimiter(byte))) {
      sets = first
      text += String.fromCharCode(byte)
      at++
      continue
    }
    const end = endOfRun(bytes, at, sets, isDelimiter)
    text += decodeRun(byte < 0x80 ? sets.left : sets.right, [...bytes.subarray(at, end)])
    at = end
  }
  return text
}

/** Where another half, an escape sequence, a control character or a delimiter begins. */
function endOfRun(bytes: Uint8Array, from: number, { left }: Sets, isDelimiter: (byte: number) => boolean): number {
  const upper = (bytes[from] ?? 0) >= 0x80
  let at = from + 1
  for (; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === ESCAPE || CONTROLS.includes(byte) || byte >= 0x80 !== upper) break
    if (!left.wide && isDelimiter(byte)) break
  }
  return at
}

/**
 * Text in its Specific Character Set (PS3.3 C.12.1.1.2, PS3.5 section 6.1), single byte, several bytes or with ISO 2022 code
 * extension; padding is removed. What cannot be decoded becomes U+FFFD: for people to read, never to be sent on.
 */
export function decodeText(bytes: Uint8Array, terms: readonly string[], isName = false): string {
  const { whole, right } = characterSetOf(terms)
  const isDelimiter = (byte: number) => byte === BACKSLASH || (isName && NAME_DELIMITERS.includes(byte))
  const text = right ? decodeExtended(bytes, { left: { label: 'latin1' }, right }, isDelimiter) : decode(whole, bytes)
  return withoutPadding(text)
}
