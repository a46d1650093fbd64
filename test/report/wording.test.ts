import { describe, expect, test } from 'vitest'
import { localTime } from '../../src/report/local-time.ts'
import { displayName, operatingPointText, positivesOf, scoreSentence } from '../../src/report/wording.ts'
import { finding } from './synthetic-result.ts'

describe('scores in words', () => {
  test.each([
    [0.506, '50.6 % (operating point 50.0 %) - AT OR ABOVE'],
    [0.5, '50.0 % (operating point 50.0 %) - AT OR ABOVE'],
    [0.49996, '49.9 % (operating point 50.0 %) - below'],
    [0.0127, '1.3 % (operating point 50.0 %) - below'],
    [1, '100.0 % (operating point 50.0 %) - AT OR ABOVE'],
  ])('says of %d: %s; rounding never crosses the operating point', (score, sentence) => {
    expect(scoreSentence(finding('Mass', score))).toBe(sentence)
  })

  test('gives the operating point as model output too, with three digits', () => {
    expect(operatingPointText({ ...finding('Mass', 0.5), operatingPoint: 0.00045666535 })).toBe(
      'operating point 50.0 % (model output 0.000457)',
    )
  })

  test('puts the highest score first and keeps the order of the model for equal ones', () => {
    const scores = [finding('A', 0.6), finding('B', 0.9), finding('C', 0.2), finding('D', 0.6)]
    expect(positivesOf(scores).map(({ label }) => label)).toEqual(['B', 'A', 'D'])
  })

  test('writes labels for people', () => {
    expect(displayName('Pleural_Thickening')).toBe('Pleural Thickening')
  })
})

describe('a moment in the time zone of the source', () => {
  const moment = new Date('2026-01-02T21:04:05.678Z')
  test.each([
    ['+0530', { date: '20260103', time: '023405', dateTime: '20260103023405+0530' }],
    ['-0800', { date: '20260102', time: '130405', dateTime: '20260102130405-0800' }],
    ['+0000', { date: '20260102', time: '210405', dateTime: '20260102210405+0000' }],
  ])('is told with the offset %s', (offset, expected) => {
    expect(localTime(moment, offset)).toEqual(expected)
  })

  test('is told in the zone of this machine when the source has none, or one that cannot be read', () => {
    const minutes = -moment.getTimezoneOffset()
    const two = (value: number) => String(Math.trunc(value)).padStart(2, '0')
    const offset = `${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}${two(Math.abs(minutes) % 60)}`
    expect(localTime(moment, undefined)).toEqual(localTime(moment, offset))
    expect(localTime(moment, 'CET')).toEqual(localTime(moment, offset))
  })
})
