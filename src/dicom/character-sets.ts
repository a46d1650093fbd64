/** A graphic character set: `label` as the WHATWG Encoding Standard has it, and how its bytes come in that encoding. */
export type GraphicSet = {
  readonly label: string
  /** Two bytes a character: in GL (ISO 2022) they are raised to GR; `shift` goes before each (JIS X 0212 in EUC-JP). */
  readonly wide?: { readonly shift?: number }
}

const ASCII: GraphicSet = { label: 'latin1' }
const KATAKANA: GraphicSet = { label: 'shift_jis' }
const single = (label: string): GraphicSet => ({ label })

/** What the bytes from 80H up mean; the table is PS3.3 Table C.12-2 and C.12-3. */
const UPPER: Readonly<Record<string, GraphicSet>> = {
  '6': ASCII,
  '100': ASCII,
  '101': single('iso-8859-2'),
  '109': single('iso-8859-3'),
  '110': single('iso-8859-4'),
  '126': single('iso-8859-7'),
  '127': single('iso-8859-6'),
  '138': single('iso-8859-8'),
  '144': single('iso-8859-5'),
  '148': single('iso-8859-9'),
  '166': single('windows-874'),
  '203': single('iso-8859-15'),
  '13': KATAKANA,
}

/** Character sets of several bytes a character, PS3.3 Table C.12-4: code extension is not possible. */
const WHOLE: Readonly<Record<string, string>> = { 'ISO_IR 192': 'utf-8', GB18030: 'gb18030', GBK: 'gbk' }

/** Escape sequences, PS3.3 Tables C.12-3 and C.12-4: what follows ESC, and the set that it puts in GL or GR. */
export const ESCAPES: Readonly<Record<string, { readonly half: 'left' | 'right'; readonly set: GraphicSet }>> = {
  '(B': { half: 'left', set: ASCII },
  '(J': { half: 'left', set: ASCII },
  ')I': { half: 'right', set: KATAKANA },
  $B: { half: 'left', set: { label: 'euc-jp', wide: {} } },
  '$(D': { half: 'left', set: { label: 'euc-jp', wide: { shift: 0x8f } } },
  '$)C': { half: 'right', set: { label: 'euc-kr', wide: {} } },
  '$)A': { half: 'right', set: { label: 'gbk', wide: {} } },
  '-A': { half: 'right', set: ASCII },
  '-B': { half: 'right', set: single('iso-8859-2') },
  '-C': { half: 'right', set: single('iso-8859-3') },
  '-D': { half: 'right', set: single('iso-8859-4') },
  '-F': { half: 'right', set: single('iso-8859-7') },
  '-G': { half: 'right', set: single('iso-8859-6') },
  '-H': { half: 'right', set: single('iso-8859-8') },
  '-L': { half: 'right', set: single('iso-8859-5') },
  '-M': { half: 'right', set: single('iso-8859-9') },
  '-T': { half: 'right', set: single('windows-874') },
  '-b': { half: 'right', set: single('iso-8859-15') },
}

/** Terms of several bytes a character that may be extended to, but not begun with. */
const EXTENSIONS = ['87', '159', '149', '58']
const termNumber = (term: string) => /^ISO(?:_IR| 2022 IR) (\d+)$/.exec(term)?.[1]

/** Terms as some devices misspell them: ISO-IR 100, iso_ir_100, ISO 2022 IR-87. */
const respelt = (term: string): string =>
  term
    .trim()
    .toUpperCase()
    .replace(/^ISO[ _-]?2022[ _-]IR[ _-]?/, 'ISO 2022 IR ')
    .replace(/^ISO[ _-]IR[ _-]?/, 'ISO_IR ')

/** What Specific Character Set (0008,0005) says: one encoding for all bytes, or sets that escape sequences change. */
export type CharacterSet =
  | { readonly whole: string; readonly right?: never }
  | { readonly whole?: never; readonly right: GraphicSet }

/** The character set with which a text begins, PS3.3 C.12.1.1.2; UTF-8 for a term that nobody has defined. */
export function characterSetOf(terms: readonly string[]): CharacterSet {
  const first = respelt(terms[0] ?? '') || 'ISO_IR 6'
  const right = UPPER[termNumber(first) ?? '']
  return right ? { right } : { whole: WHOLE[first] ?? 'utf-8' }
}

/** Whether a value of Specific Character Set is a defined term of PS3.3 C.12.1.1.2. */
export function isCharacterSetTerm(term: string): boolean {
  const number = termNumber(term)
  if (number === undefined || Object.hasOwn(WHOLE, term)) return Object.hasOwn(WHOLE, term)
  return Object.hasOwn(UPPER, number) || (term.startsWith('ISO 2022') && EXTENSIONS.includes(number))
}
