import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isCharacterSetTerm } from '../../src/dicom/character-sets.ts'
import { decodeText } from '../../src/dicom/decode-text.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { withCharacterSet } from '../../src/dicom/undeclared-character-set.ts'
import { encodeInstance } from '../../src/dicom/write-instance.ts'
import { CHARACTER_SETS } from '../report/character-sets.ts'
import { COMPLETE_SOURCE, sourceOf } from '../report/synthetic-result.ts'
import { corpus, describeWith } from '../support/needs.ts'

describe('text in its Specific Character Set', () => {
  test.each(CHARACTER_SETS)('reads as it was written in $label', ({ terms, name, text, nameBytes, textBytes }) => {
    expect(decodeText(nameBytes, terms.split('\\'), true)).toBe(name)
    expect(decodeText(textBytes, terms.split('\\'))).toBe(text)
    for (const term of terms.split('\\').filter((each) => each !== '')) expect(isCharacterSetTerm(term)).toBe(true)
  })

  test('begins anew at the delimiters of a name, so that one component does not colour the next', () => {
    const bytes = Buffer.from('\x1b-L\xbf^\xfc', 'latin1')
    expect(decodeText(bytes, ['ISO 2022 IR 100', 'ISO 2022 IR 144'], true)).toBe('П^ü')
  })

  test('whose term is misspelt is read as it was meant, and under an unknown one as UTF-8', () => {
    for (const term of ['ISO-IR 100', 'iso_ir 100', 'ISO_IR_100'])
      expect(decodeText(Buffer.from('M\xfcller', 'latin1'), [term])).toBe('Müller')
    expect(decodeText(Buffer.from('Müller'), ['NONSENSE'])).toBe('Müller')
  })

  test('whatever the bytes are, is some text, and never an error', () => {
    const terms = fc.constantFrom(...CHARACTER_SETS.map((each) => each.terms), '', 'ISO_IR 6', 'EBCDIC', '\\EBCDIC')
    fc.assert(
      fc.property(terms, fc.uint8Array({ maxLength: 80 }), fc.boolean(), (declared, bytes, isName) => {
        expect(typeof decodeText(bytes, declared.split('\\'), isName)).toBe('string')
      }),
    )
  })

  test('in ASCII is the same in every character set', () => {
    const ascii = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7d }).map((code) => String.fromCharCode(code)) })
    fc.assert(
      fc.property(fc.constantFrom(...CHARACTER_SETS), ascii, ({ terms }, text) => {
        expect(decodeText(Buffer.from(text, 'latin1'), terms.split('\\'), true)).toBe(text)
      }),
    )
  })

  test.each(['EBCDIC', 'ISO_IR 87', 'ISO_IR 999', '', 'utf-8'])('%j is not a defined term', (term) => {
    expect(isCharacterSetTerm(term)).toBe(false)
  })
})

describe('a source that does not say in which character set it writes', () => {
  const { SpecificCharacterSet: _, ...silent } = COMPLETE_SOURCE

  test('is read as it is told, in its items too', () => {
    const RequestAttributesSequence = [{ RequestedProcedureDescription: Buffer.from('Größe', 'latin1') }]
    const header = withCharacterSet(sourceOf({ ...silent, RequestAttributesSequence }), 'ISO_IR 100')
    expect(header.text('PatientName')).toBe('Müller^Jörg')
    expect(header.string('SpecificCharacterSet')).toBe('ISO_IR 100')
    expect(header.items('RequestAttributesSequence')[0]?.text('RequestedProcedureDescription')).toBe('Größe')
  })

  test('that says so stays as it is', () => {
    const header = withCharacterSet(sourceOf(COMPLETE_SOURCE), 'ISO_IR 144')
    expect([header.text('PatientName'), header.string('SpecificCharacterSet')]).toEqual(['Müller^Jörg', 'ISO_IR 100'])
  })

  test('has said nothing when it names the default repertoire', () => {
    const header = withCharacterSet(sourceOf({ ...silent, SpecificCharacterSet: 'ISO_IR 6' }), 'ISO_IR 100')
    expect(header.text('PatientName')).toBe('Müller^Jörg')
  })
})

test('an item is read in its own character set, or in that of the data set around it', () => {
  const OtherPatientIDsSequence = [
    { SpecificCharacterSet: 'ISO_IR 192', PatientID: new TextEncoder().encode('é') },
    { PatientID: Buffer.from('é', 'latin1') },
  ]
  const header = parseHeader(encodeInstance({ ...COMPLETE_SOURCE, OtherPatientIDsSequence }))
  expect(header.items('OtherPatientIDsSequence').map((item) => item.text('PatientID'))).toEqual(['é', 'é'])
})

describeWith(['corpus'], 'real files', () => {
  test.each([
    ['chrFren', 'Buc^Jérôme'],
    ['chrGerm', 'Äneas^Rüdiger'],
    ['chrH31', 'Yamada^Tarou=山田^太郎=やまだ^たろう'],
    ['chrH32', 'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう'],
    ['chrHbrw', 'שרון^דבורה'],
    ['chrKoreanMulti', '김희중'],
    ['chrRuss', 'Люкceмбypг'],
    ['chrX1', 'Wang^XiaoDong=王^小東'],
    ['chrX2', 'Wang^XiaoDong=王^小东'],
  ])('%s.dcm is of %s', async (file, name) => {
    const bytes = await readFile(corpus(`dicom/charset/pydicom__${file}.dcm`))
    expect(parseHeader(bytes).text('PatientName')?.replace(/=+$/, '')).toBe(name)
  })
})

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

test.each(NAMES)('a name of PS3.5 decodes: %s', (_, characterSets, encoded, expected) => {
  expect(decodeText(Buffer.from(encoded, 'latin1'), characterSets.split('\\'), true)).toBe(expected)
})
