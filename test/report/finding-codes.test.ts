import { describe, expect, test } from 'vitest'
import { codeFault } from '../../src/report/code-forms.ts'
import { Concept } from '../../src/report/concepts.ts'
import { codeOf, parseFindingCodes } from '../../src/report/finding-codes.ts'
import { codes, LABELS } from './synthetic-result.ts'

const lung = { value: '39607008', scheme: 'SCT', meaning: 'Lung' }
const json = (entry: unknown) => JSON.stringify({ Mass: entry })
const invalid = (message: string) =>
  expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) })

describe('the finding codes of the node', () => {
  test('name a finding and a site for all 18 labels', () => {
    expect(Object.keys(codes)).toEqual(LABELS)
    expect(codes.Pneumothorax).toEqual({
      finding: { value: '36118008', scheme: 'SCT', meaning: 'Pneumothorax' },
      site: { value: '3120008', scheme: 'SCT', meaning: 'Pleura' },
    })
  })

  test('do not use the code that PS3.16 lists as Cardiomegaly but that means an enlarged septal foramen', () => {
    expect(codes.Cardiomegaly?.finding.value).toBe('8186001')
  })

  test('and all other concepts of the results have the form of their coding scheme', () => {
    const site = LABELS.map((label) => codeOf(codes, label).site)
    for (const { scheme, value } of [...site, ...Object.values(Concept)])
      expect([value, codeFault(scheme, value)]).toEqual([value, undefined])
  })

  test('are each of a label of its own', () => {
    const values = LABELS.map((label) => codeOf(codes, label).finding.value)
    expect(new Set(values).size).toBe(LABELS.length)
  })
})

describe('finding codes that cannot be used', () => {
  test.each([
    ['text that is not JSON', '{', 'not JSON'],
    ['an array', '[]', 'not an object'],
    ['a label without a site', json({ finding: lung }), 'Mass.site.value'],
    [
      'a value of 17 characters',
      json({ finding: { ...lung, value: '1'.repeat(17) }, site: lung }),
      'Mass.finding.value',
    ],
    [
      'a meaning of 65 characters',
      json({ finding: lung, site: { ...lung, meaning: 'x'.repeat(65) } }),
      'Mass.site.meaning',
    ],
    [
      'a meaning beyond ASCII',
      json({ finding: { ...lung, meaning: 'Lungenödem' }, site: lung }),
      'Mass.finding.meaning',
    ],
    [
      'a SNOMED CT identifier with two digits swapped',
      json({ finding: { ...lung, value: '39670008' }, site: lung }),
      'Mass.finding.value is not a SNOMED CT identifier',
    ],
    ['the retired scheme SRT', json({ finding: { ...lung, scheme: 'SRT' }, site: lung }), 'SRT is retired, write SCT'],
    [
      'a UMLS identifier of six digits',
      json({ finding: { ...lung, scheme: 'UMLS', value: 'C123456' }, site: lung }),
      'Mass.finding.value is not a UMLS',
    ],
    ['a numeric value', json({ finding: { ...lung, value: 39607008 }, site: lung }), 'Mass.finding.value'],
    ['an unknown key', json({ finding: lung, site: lung, laterality: lung }), 'Mass.laterality is not known'],
    ['a label of the model without a code', '{}', 'no code for the label Mass'],
  ])('are refused for %s', (_, text, message) => {
    expect(() => parseFindingCodes([text], ['Mass'])).toThrow(invalid(message))
  })

  test('are refused with all faults at once', () => {
    const text = JSON.stringify({ A: { finding: lung, site: {} }, B: null })
    expect(() => parseFindingCodes([text], ['C'])).toThrow(invalid('B is not an object'))
    expect(() => parseFindingCodes([text], ['C'])).toThrow(invalid('A.site.scheme'))
    expect(() => parseFindingCodes([text], ['C'])).toThrow(invalid('no code for the label C'))
  })

  test("are a site's own before the node's, label by label", () => {
    const heart = { value: '80891009', scheme: 'SCT', meaning: 'Heart' }
    const own = json({ finding: { value: 'MASS', scheme: '99SITE', meaning: 'Mass' }, site: heart })
    const node = JSON.stringify({ Mass: { finding: lung, site: lung }, Nodule: { finding: lung, site: lung } })
    const merged = parseFindingCodes([node, own], ['Mass', 'Nodule'])
    expect(merged.Mass?.finding.scheme).toBe('99SITE')
    expect(merged.Nodule?.finding).toEqual(lung)
  })

  test('a finding without a code makes no result', () => {
    expect(() => codeOf(codes, 'toString')).toThrow(expect.objectContaining({ code: 'RESULT_INVALID' }))
  })
})
