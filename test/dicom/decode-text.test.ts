import { expect, test } from 'vitest'
import { decodeText } from '../../src/dicom/decode-text.ts'

const bytes = (latin1: string) => Buffer.from(latin1, 'latin1')

/** Patient names of PS3.5 Annexes H to K. */
const NAMES: readonly (readonly [name: string, characterSets: string, encoded: string, expected: string])[] = [
  ['none', '', 'Doe^Jane', 'Doe^Jane'],
  ['Latin-1', 'ISO_IR 100', 'Buc^J\xe9r\xf4me', 'Buc^Jérôme'],
  ['Latin-2', 'ISO_IR 101', 'Wa\xb3\xeasa', 'Wałęsa'],
  ['Greek', 'ISO_IR 126', '\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2', 'Διονυσιος'],
  ['Cyrillic', 'ISO_IR 144', '\xbb\xee\xdace\xdc\xd1yp\xd3', 'Люкceмбypг'],
  ['Arabic', 'ISO_IR 127', '\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1', 'قباني^لنزار'],
  ['Hebrew', 'ISO_IR 138', '\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4', 'שרון^דבורה'],
  ['Turkish', 'ISO_IR 148', '\xc7avu\xfeo\xf0lu', 'Çavuşoğlu'],
  ['Thai', 'ISO_IR 166', '\xcaC^\xa1'.replace('C', '\xc1'), 'สม^ก'],
  [
    'Japanese',
    '\\ISO 2022 IR 87',
    'Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B',
    'Yamada^Tarou=山田^太郎=やまだ^たろう',
  ],
  [
    'Japanese with half-width katakana',
    'ISO 2022 IR 13\\ISO 2022 IR 87',
    '\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J',
    'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう',
  ],
  ['JIS X 0212', '\\ISO 2022 IR 159', 'A^\x1b$(D0!\x1b(B', 'A^丂'],
  [
    'Korean',
    '\\ISO 2022 IR 149',
    'Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf',
    'Hong^Gildong=洪^吉洞=홍^길동',
  ],
  [
    'Chinese by code extension',
    '\\ISO 2022 IR 58',
    'Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=',
    'Zhang^XiaoDong=张^小东=',
  ],
  ['Chinese in GB18030', 'GB18030', 'Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab', 'Wang^XiaoDong=王^小东'],
  ['UTF-8', 'ISO_IR 192', 'Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1', 'Wang^XiaoDong=王^小東'],
  [
    'Latin and Greek by code extension',
    'ISO 2022 IR 100\\ISO 2022 IR 126',
    'J\xe9r\xf4me=\x1b-F\xc4\xe9\xef',
    'Jérôme=Διο',
  ],
  ['an underscore that should not be', 'ISO-IR 100', 'M\xfcller', 'Müller'],
]

test.each(NAMES)('decodes %s', (_, characterSets, encoded, expected) => {
  expect(decodeText(bytes(encoded), characterSets.split('\\'))).toBe(expected)
})

test('what is not in its character set is marked and stops nothing; an unknown one is taken for UTF-8', () => {
  expect(decodeText(bytes('M\xfcller'), ['ISO_IR 192'])).toBe('M\ufffdller')
  expect(decodeText(bytes('M\xc3\xbcller'), ['NONSENSE'])).toBe('Müller')
  expect(decodeText(bytes('M\xfcller'), [])).toBe('Müller')
  expect(decodeText(bytes('A\x1b'), ['', 'ISO 2022 IR 87'])).toBe('A')
})

test('padding is not part of the text', () => {
  expect(decodeText(bytes('Doe^Jane \0'), [])).toBe('Doe^Jane')
})
