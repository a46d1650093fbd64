import HL7 from 'hl7-standard'
import { expect, test } from 'vitest'
import type { DataSet } from '../../src/dicom/data-set.ts'
import { buildNotAnalysedOru } from '../../src/hl7/build-not-analysed-oru.ts'
import { buildOru } from '../../src/hl7/build-oru.ts'
import { controlIdOf, type OruProfile } from '../../src/hl7/oru.ts'
import { COMPLETE_SOURCE, noFindings, resultInput, sourceOf } from '../report/synthetic-result.ts'

const profile: OruProfile = {
  sendingApplication: 'MCADS',
  sendingFacility: 'RAD^1.2.3^ISO',
  receivingApplication: 'HIS',
  receivingFacility: 'HOSPITAL',
  processingId: 'T',
  link: 'https://viewer.example/?study={studyInstanceUid}&accession={accessionNumber}',
}
const input = (change: DataSet = {}, overrides = {}) =>
  resultInput(sourceOf({ ...COMPLETE_SOURCE, ...change }), overrides)
const textOf = (change: DataSet = {}, overrides = {}) =>
  Buffer.from(buildOru(input(change, overrides), profile).bytes).toString('utf8')
const segments = (text: string) => text.split('\r').filter((line) => line !== '')
const fieldsOf = (text: string, name: string) =>
  segments(text)
    .filter((line) => line.startsWith(name))
    .map((line) => line.split('|'))

/** As another library reads it. */
function parsed(text: string): HL7 {
  const message = new HL7(text)
  message.transform()
  return message
}

test('says who speaks to whom, of which patient and which order', () => {
  const message = parsed(textOf())
  const read = (path: string) => message.get(path)
  expect(read('MSH.3')).toBe('MCADS')
  expect(read('MSH.4.2')).toBe('1.2.3')
  expect(read('MSH.9.1')).toBe('ORU')
  expect(read('MSH.9.3')).toBe('ORU_R01')
  expect(read('MSH.12')).toBe('2.5.1')
  expect(read('MSH.18')).toBe('UNICODE UTF-8')
  expect(read('PID.3.1')).toBe('PID-1')
  expect(read('PID.3.4')).toBe('HOSPITAL')
  expect([read('PID.5.1'), read('PID.5.2')]).toEqual(['Müller', 'Jörg'])
  expect([read('PID.7'), read('PID.8')]).toEqual(['19600101', 'O'])
  expect([read('OBR.3'), read('OBR.18'), read('OBR.25')]).toEqual(['A-7', 'A-7', 'P'])
  expect(read('OBR.7')).toBe('20260102101112+0530')
  expect(read('OBR.16.2')).toBe('Ref')
})

test('has a coded finding and its score for each finding at or above its operating point, highest first, and no other', () => {
  const observations = fieldsOf(textOf(), 'OBX')
  const found = observations.filter((fields) => fields[3]?.startsWith('121071^'))
  expect(found.map((fields) => [fields[2], fields[4], fields[5]])).toEqual([
    ['CWE', '1', '8186001^Cardiomegaly^SCT'],
    ['CWE', '2', '46621007^Atelectasis^SCT'],
  ])
  const scores = observations.filter((fields) => fields[3]?.startsWith('111012^'))
  expect(scores.map((fields) => [fields[2], fields[4], fields[5], fields[6]])).toEqual([
    ['NM', '1', '87.3', '%^Percent^UCUM'],
    ['NM', '2', '50.6', '%^Percent^UCUM'],
  ])
  expect(observations.map((fields) => fields[1])).toEqual(observations.map((_, at) => String(at + 1)))
  expect(observations.every((fields) => fields[11] === 'P')).toBe(true)
})

test('the impression begins with the caution; study and link follow', () => {
  const observations = fieldsOf(textOf(), 'OBX')
  const impression = observations.filter((fields) => fields[3]?.startsWith('19005-8^')).map((fields) => fields[5])
  expect(impression[0]).toMatch(/^AI - RESEARCH USE ONLY - NOT FOR DIAGNOSTIC USE/)
  expect(impression[1]).toBe('At or above operating point: Cardiomegaly, Atelectasis.')
  expect(observations.find((fields) => fields[2] === 'HD')?.[5]).toBe('2.25.1001')
  const link = 'https://viewer.example/?study=2.25.1001\\T\\accession=A-7'
  expect(observations.find((fields) => fields[2] === 'RP')?.[5]).toBe(`${link}^^IM`)
})

test('without a finding it says so in a code, and reads as no clearance', () => {
  const text = textOf({}, { findings: noFindings })
  expect(fieldsOf(text, 'OBX')[0]?.[5]).toMatch(/^111241\^All algorithms succeeded; without findings/)
  expect(text).not.toContain('121071^Finding')
  expect(text).toContain('A score below the operating point does not exclude the finding.')
})

test('is the same bytes for the same analysis, and another message for another model, setting or profile', () => {
  const first = buildOru(input(), profile)
  expect(buildOru(input(), { ...profile }).bytes).toEqual(first.bytes)
  expect(controlIdOf(first.uid)).toMatch(/^[0-9A-Z]{20}$/)
  expect(textOf()).toContain(`|ORU^R01^ORU_R01|${controlIdOf(first.uid)}|T|2.5.1|`)
  const others = [
    buildOru(input({}, { configHash: 'other' }), profile),
    buildOru(input({ SOPInstanceUID: '2.25.3002' }), profile),
    buildOru(input(), { ...profile, receivingApplication: 'RIS' }),
  ]
  expect(new Set([first, ...others].map(({ uid }) => controlIdOf(uid))).size).toBe(4)
})

test('a name of three groups is repeated by its representations, in UTF-8 whatever its character set', () => {
  const name = 'Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B'
  const change = { SpecificCharacterSet: ['', 'ISO 2022 IR 87'], PatientName: Buffer.from(name, 'latin1') }
  expect(fieldsOf(textOf(change), 'PID')[0]?.[5]).toBe('Yamada^Tarou^^^^^L^A~山田^太郎^^^^^L^I~やまだ^たろう^^^^^L^P')
})

test('what would mean something in HL7 is escaped; what would break a segment or a frame becomes a space', () => {
  const change = {
    PatientID: Buffer.from('A|B^C&D~E\\F', 'latin1'),
    PatientName: Buffer.from('O|Brien^Eve\r\nOBX|1|TX|evil\x1c\r\x0b', 'latin1'),
  }
  const text = textOf(change)
  expect(fieldsOf(text, 'PID')[0]?.[3]).toMatch(/^A\\F\\B\\S\\C\\T\\D\\R\\E\\E\\F\^/)
  expect(segments(text).map((line) => line.slice(0, 3))).toEqual(segments(textOf()).map((line) => line.slice(0, 3)))
  expect([...text].filter((letter) => letter < ' ' && letter !== '\r')).toEqual([])
})

test('a source that says next to nothing still makes a message that can be read', () => {
  const bare = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.1', SOPInstanceUID: '2.25.3', StudyInstanceUID: '2.25.1' }
  const source = sourceOf({ ...bare, SeriesInstanceUID: '2.25.2', Rows: 10, Columns: 10 })
  const text = Buffer.from(buildOru(resultInput(source), { ...profile, link: undefined }).bytes).toString('utf8')
  expect(fieldsOf(text, 'OBR')[0]?.[4]).toBe('43468-8^XR unspecified body region^LN')
  expect(
    segments(text)
      .map((line) => line.slice(0, 3))
      .slice(0, 3),
  ).toEqual(['MSH', 'PID', 'OBR'])
  expect(parsed(text).getSegments('OBX').length).toBeGreaterThan(5)
})

test('a visit is told where the source knows it', () => {
  expect(fieldsOf(textOf({ AdmissionID: 'V-9' }), 'PV1')[0]?.slice(0, 3)).toEqual(['PV1', '1', 'U'])
  expect(fieldsOf(textOf({ AdmissionID: 'V-9' }), 'PV1')[0]?.[19]).toBe('V-9')
})

test('of a study that was not analysed it says that, coded and in words, and nothing that reads as no finding', () => {
  const declined = { outcome: 'declined', code: 'VIEW_NOT_FRONTAL', words: 'the view is not frontal' } as const
  const texts = [declined, { ...declined, outcome: 'failed' } as const].map((cause) =>
    Buffer.from(buildNotAnalysedOru(input(), cause, profile).bytes).toString('utf8'),
  )
  expect(texts.map((text) => fieldsOf(text, 'OBX')[0]?.[5])).toEqual(['111225^Not Attempted^DCM', '111224^Failed^DCM'])
  for (const text of texts) {
    expect(text).toContain('NOT ANALYSED: the view is not frontal (VIEW_NOT_FRONTAL).')
    expect(text).toContain('This is not a negative result.')
    expect(text).not.toMatch(/111241|121071|without findings/)
    expect(parsed(text).get('PID.3.1')).toBe('PID-1')
  }
})
