import { expect, test } from 'vitest'
import { isStrictUid, parseAeTitle, parseStudyId, parseUid } from '../../src/study/identifiers.ts'

test('a UID is digits and dots, 64 at most, its padding removed', () => {
  expect(parseUid('1.2.840.10008.1.1\0')).toBe('1.2.840.10008.1.1')
  expect(parseUid('2.25.99 ')).toBe('2.25.99')
  for (const text of ['', '../1.2', '1..2', '1.2.', 'a.b', '1.2\n', `1.${'2'.repeat(63)}`, '1.2/3'])
    expect(() => parseUid(text)).toThrow(expect.objectContaining({ code: 'UID_INVALID' }))
})

test('a component with a leading zero is taken from a sender, but not made by us', () => {
  expect(parseUid('1.02.3')).toBe('1.02.3')
  expect(isStrictUid('1.02.3')).toBe(false)
  expect(isStrictUid('2.25.340282366920938463463374607431768211455')).toBe(true)
})

test('an AE title has 1 to 16 characters, the spaces around it not counted', () => {
  expect(parseAeTitle('  PACS 1  ')).toBe('PACS 1')
  for (const text of ['', '    ', 'A'.repeat(17), 'A\\B', 'Größe'])
    expect(() => parseAeTitle(text)).toThrow(expect.objectContaining({ code: 'USAGE' }))
})

test('a study id is a whole number', () => {
  expect(parseStudyId('42')).toBe('42')
  expect(() => parseStudyId("1' or '1'='1")).toThrow(expect.objectContaining({ code: 'USAGE' }))
})
