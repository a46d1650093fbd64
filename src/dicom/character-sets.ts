/** How a WHATWG decoder is asked for the bytes of a code element; `high` sets the eighth bit first (94-character sets in G0). */
type CodeElement = { readonly encoding: string; readonly high?: boolean }

/**
 * Defined Terms of Specific Character Set without code extensions, PS3.3 Table C.12-2 and C.12-5: one encoding for the
 * whole value. ISO 2022 IR 13 stands for the same characters.
 */
export const WHOLE_ENCODINGS: Readonly<Record<string, string>> = {
  'ISO_IR 6': 'windows-1252',
  'ISO_IR 100': 'windows-1252',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 148': 'windows-1254',
  'ISO_IR 203': 'iso-8859-15',
  'ISO_IR 166': 'windows-874',
  'ISO_IR 13': 'shift_jis',
  'ISO_IR 192': 'utf-8',
  GB18030: 'gb18030',
  GBK: 'gbk',
}

/** Escape sequences to G0 and G1, PS3.3 Tables C.12-3 and C.12-4, by what follows ESC. */
export const G0: Readonly<Record<string, CodeElement>> = {
  '(B': { encoding: 'windows-1252' },
  '(J': { encoding: 'shift_jis' },
  $B: { encoding: 'euc-jp', high: true },
  '$@': { encoding: 'euc-jp', high: true },
  '$(D': { encoding: 'jis-x-0212', high: true },
}
export const G1: Readonly<Record<string, CodeElement>> = {
  '-A': { encoding: 'windows-1252' },
  '-B': { encoding: 'iso-8859-2' },
  '-C': { encoding: 'iso-8859-3' },
  '-D': { encoding: 'iso-8859-4' },
  '-L': { encoding: 'iso-8859-5' },
  '-G': { encoding: 'iso-8859-6' },
  '-F': { encoding: 'iso-8859-7' },
  '-H': { encoding: 'iso-8859-8' },
  '-M': { encoding: 'windows-1254' },
  '-b': { encoding: 'iso-8859-15' },
  '-T': { encoding: 'windows-874' },
  ')I': { encoding: 'shift_jis' },
  '$)C': { encoding: 'euc-kr' },
  '$)A': { encoding: 'gbk' },
}
