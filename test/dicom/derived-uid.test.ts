import { expect, test } from 'vitest'
import { derivedUid } from '../../src/dicom/derived-uid.ts'
import { isStrictUid } from '../../src/study/identifiers.ts'

test('the same parts give the same UID, for ever', () => {
  expect(derivedUid('1.2.3', 'sr')).toBe(derivedUid('1.2.3', 'sr'))
  expect(derivedUid('1.2.3', 'sr')).toMatchInlineSnapshot(`"2.25.160179786681501032446669356716629892360"`)
})

test('parts are kept apart: moving a character from one to the next gives another UID', () => {
  expect(derivedUid('ab', 'c')).not.toBe(derivedUid('a', 'bc'))
})

test('is a version 5 UUID in decimal and keeps to PS3.5 section 9.1', () => {
  for (let i = 0; i < 200; i++) {
    const uid = derivedUid(String(i))
    expect(isStrictUid(uid)).toBe(true)
    const hex = BigInt(uid.slice('2.25.'.length)).toString(16).padStart(32, '0')
    expect(hex).toMatch(/^.{12}5.{3}[89ab]/)
  }
})
