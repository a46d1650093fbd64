import { expect, test } from 'vitest'
import { readConfig } from '../../src/config/read-config.ts'
import type { DataSet } from '../../src/dicom/data-set.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { encodeInstance } from '../../src/dicom/write-instance.ts'
import { declaredCaveats } from '../../src/quality/declared-caveats.ts'
import { judgeHeader } from '../../src/quality/judge-header.ts'
import { patientAge } from '../../src/quality/patient-age.ts'
import { caveatsOf } from '../../src/study/caveat.ts'
import type { IntendedUse } from '../../src/study/intended-use.ts'
import { declineOf, type Policies } from '../../src/study/quality.ts'
import { tinyDx } from '../support/part10.ts'

const { quality: byDefault } = readConfig(undefined, {})
const ADULTS: IntendedUse = {
  intended: { views: ['PA'], ages: [18, 84] },
  caveats: [
    { code: 'VIEW_AP', views: ['AP'], text: 'AP.' },
    { code: 'CHILD_AP', views: ['AP'], ages: [0, 17], text: 'Child, AP.' },
    { code: 'CHILD', ages: [0, 17], text: 'Child.' },
  ],
}

const headerOf = (change: DataSet = {}) =>
  parseHeader(encodeInstance(tinyDx({ BodyPartExamined: 'CHEST', ViewPosition: 'PA', PatientAge: '040Y', ...change })))

const verdictsOf = (change: DataSet, policies: Policies = byDefault, use = ADULTS) =>
  judgeHeader(headerOf(change), policies, use)
const outcomeOf = (check: string, change: DataSet, policies?: Policies) =>
  verdictsOf(change, policies).find((each) => each.check === check)?.outcome

test.each<[string, DataSet, number | undefined]>([
  ['years', { PatientAge: '040Y' }, 40],
  ['months', { PatientAge: '018M' }, 1.5],
  ['days', { PatientAge: '010D' }, 10 / 365.25],
  [
    'birth and acquisition, the day before the birthday',
    { PatientAge: null, PatientBirthDate: '20000302', AcquisitionDate: '20180301' },
    17,
  ],
  ['birth and study, on the birthday', { PatientAge: null, PatientBirthDate: '20000302', StudyDate: '20180302' }, 18],
  ['a number without a unit: not an age', { PatientAge: Uint8Array.from(Buffer.from('40')) }, undefined],
  [
    'a birth after the study: not an age',
    { PatientBirthDate: '20200101', PatientAge: null, StudyDate: '20180101' },
    undefined,
  ],
  ['nothing', { PatientAge: null }, undefined],
])("the patient's age is read from %s", (_, change, age) => {
  expect(patientAge(headerOf(change))).toEqual(age === undefined ? undefined : expect.closeTo(age, 5))
})

test.each<[string, string, DataSet]>([
  ['a child', 'age', { PatientAge: '017Y' }],
  ['a patient older than the last year', 'age', { PatientAge: '085Y' }],
  ['a view that the model is not meant for', 'intendedView', { ViewPosition: 'AP' }],
  ['a secondary capture', 'secondaryCapture', { SOPClassUID: '1.2.840.10008.5.1.4.1.1.7' }],
  ['burned-in text', 'burnedIn', { BurnedInAnnotation: 'YES' }],
])('%s is scored with a caveat by default, declined or let pass where the site says so', (_, check, change) => {
  expect(outcomeOf(check, change)).toBe('caveat')
  expect(outcomeOf(check, change, { ...byDefault, [check]: 'decline' })).toBe('declined')
  expect(outcomeOf(check, change, { ...byDefault, [check]: 'off' })).toBe('off')
  expect(outcomeOf(check, {})).toBe('passed')
})

test('a check that may only caveat says so in words, and does not decline', () => {
  const verdicts = verdictsOf({ ViewPosition: 'LL' }, { ...byDefault, view: 'caveat' })
  expect(declineOf(verdicts)).toBeUndefined()
  expect(caveatsOf(verdicts).map(({ code }) => code)).toEqual(['VIEW_NOT_FRONTAL', 'VIEW_NOT_INTENDED'])
})

test('without a view or an age the model cannot be said to be meant for the image or not', () => {
  expect(outcomeOf('intendedView', { ViewPosition: null })).toBe('unknown')
  expect(outcomeOf('age', { PatientAge: null })).toBe('unknown')
})

test('a model without intended views and ages is meant for all', () => {
  const verdicts = verdictsOf({ ViewPosition: 'AP', PatientAge: '001D' }, byDefault, {})
  expect(verdicts.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
})

test('a check that cannot be made declines, whether it was to decline or to caveat', () => {
  const header = {
    ...headerOf(),
    string(): never {
      throw new Error('as the test has it')
    },
  }
  const verdicts = judgeHeader(header, byDefault, ADULTS)
  expect(verdicts.find(({ check }) => check === 'burnedIn')?.outcome).toBe('failed')
  expect(declineOf(verdicts)).toBe('QUALITY_UNKNOWN')
})

test.each<[string, DataSet, string[]]>([
  ['an adult, PA', {}, []],
  ['an adult, AP', { ViewPosition: 'AP' }, ['VIEW_AP']],
  ['a child, AP', { ViewPosition: 'AP', PatientAge: '204M' }, ['VIEW_AP', 'CHILD_AP', 'CHILD']],
  [
    'a child one day before the eighteenth birthday',
    { PatientBirthDate: '20000302', StudyDate: '20180301', PatientAge: null },
    ['CHILD'],
  ],
  ['a coded AP view', { ViewPosition: null, ViewCodeSequence: [{ CodeValue: '399348003' }] }, ['VIEW_AP']],
  [
    'a portable unit that does not say its view',
    { ViewPosition: null, StudyDescription: 'Portable CXR' },
    ['VIEW_AP', 'PORTABLE'],
  ],
  ['a portable unit, PA', { StudyDescription: 'XR CHEST PORTABLE' }, ['PORTABLE']],
  ['lying in bed, in German', { SeriesDescription: 'Thorax_liegend' }, ['PORTABLE']],
  ['an age that is not known', { PatientAge: null }, ['AGE_UNKNOWN']],
])('the model card speaks of %s: %j %j', (_, change, codes) => {
  expect(declaredCaveats(headerOf(change), ADULTS).map(({ code }) => code)).toEqual(codes)
})
