import { decodeText } from './decode-text.ts'
import { attributeOf } from './dictionary.ts'
import type { Header } from './header.ts'

const KEYWORD = 'SpecificCharacterSet'
/** The default repertoire: whoever says no more than this has not said what its other bytes are. */
const DEFAULT_REPERTOIRE: readonly string[] = ['', 'ISO_IR 6', 'ISO 2022 IR 6']

const isDeclared = (header: Header) => header.strings(KEYWORD).some((term) => !DEFAULT_REPERTOIRE.includes(term))

function readIn(header: Header, terms: readonly string[]): Header {
  if (isDeclared(header)) return header
  return {
    ...header,
    text(keyword) {
      const value = header.bytes(keyword)
      return value && decodeText(value, terms, attributeOf(keyword).vr === 'PN')
    },
    items: (keyword) => header.items(keyword).map((item) => readIn(item, terms)),
  }
}

/** The header as if it said in which character set its text is (a value of Specific Character Set); one that says so stays. */
export function withCharacterSet(header: Header, value: string): Header {
  if (isDeclared(header)) return header
  const terms = value.split('\\')
  return {
    ...readIn(header, terms),
    has: (keyword) => keyword === KEYWORD || header.has(keyword),
    bytes: (keyword) => (keyword === KEYWORD ? new TextEncoder().encode(value) : header.bytes(keyword)),
    strings: (keyword) => (keyword === KEYWORD ? terms : header.strings(keyword)),
    string: (keyword) => (keyword === KEYWORD ? terms.find((term) => term !== '') : header.string(keyword)),
  }
}
