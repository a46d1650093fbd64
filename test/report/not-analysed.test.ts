import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Header, parseHeader } from '../../src/dicom/header.ts'
import { Failure } from '../../src/failure.ts'
import { buildNotAnalysed } from '../../src/report/build-not-analysed.ts'
import { type Cause, declinedFor, failedWith } from '../../src/report/not-analysed.ts'
import { renderNotAnalysed } from '../../src/report/render-not-analysed.ts'
import { DECLINE_REASONS, type DeclineCode } from '../../src/study/decline.ts'
import { dcmtk } from '../support/dcmtk.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { dciodvfyComplaints } from '../support/validators.ts'
import { COMPLETE_SOURCE, model, resultInput, sourceOf } from './synthetic-result.ts'

const DECLINED = declinedFor('BODY_PART_NOT_CHEST')
const FAILED = failedWith(new Failure('PIXELS_UNREADABLE', 'secret words'))
const wish = { name: 'pacs', objects: ['sr', 'sc'], scCompression: 'none', notAnalysed: 'page' } as const

const pagesOf = (cause: Cause, change = {}, wishes: Parameters<typeof buildNotAnalysed>[2] = [wish]) =>
  buildNotAnalysed(resultInput(sourceOf({ ...COMPLETE_SOURCE, ...change })), cause, wishes)

const contents = (item: Header): Header[] => item.items('ContentSequence').flatMap((each) => [each, ...contents(each)])
const named = (sr: Header, code: string) =>
  contents(sr).filter((item) => item.items('ConceptNameCodeSequence').some((name) => name.string('CodeValue') === code))
const codedValue = (sr: Header, code: string) => {
  const [coded] = named(sr, code).flatMap((item) => item.items('ConceptCodeSequence'))
  return coded?.string('CodeValue')
}
const whole = (sr: Header) =>
  contents(sr)
    .flatMap((item) => [
      Buffer.from(item.bytes('TextValue') ?? []).toString('latin1'),
      ...item.items('ConceptCodeSequence').flatMap((each) => each.strings('CodeMeaning')),
    ])
    .join('\n')

let sr: Record<'declined' | 'failed', Header>
beforeAll(async () => {
  const read = async (cause: Cause) => parseHeader((await pagesOf(cause))[1]?.bytes ?? new Uint8Array())
  sr = { declined: await read(DECLINED), failed: await read(FAILED) }
})

describe('a study that was not analysed', () => {
  test('is told of by one page and an SR in each class, of which the best is wanted', async () => {
    const made = await pagesOf(DECLINED)
    expect(made.map(({ kind, wantedBy, alternativeOf }) => [kind, wantedBy.join(), alternativeOf])).toEqual([
      ['SC', 'pacs', undefined],
      ['SR', 'pacs', undefined],
      ['SR', '', made[1]?.sopInstanceUid],
      ['SR', '', made[1]?.sopInstanceUid],
      ['SR', '', made[1]?.sopInstanceUid],
    ])
  })

  test('is told of only to those who want to know, in the objects that they take', async () => {
    const made = await pagesOf(DECLINED, {}, [{ ...wish, notAnalysed: 'nothing' }])
    expect(made).toEqual([])
    const seen = await pagesOf(DECLINED, {}, [{ ...wish, objects: ['sc'] }])
    expect(seen.map(({ kind }) => kind)).toEqual(['SC'])
  })

  test('says in its SR that the algorithm was not attempted, or failed, with the coded reason', () => {
    expect([codedValue(sr.declined, '111064'), codedValue(sr.declined, '111017')]).toEqual(['111225', undefined])
    expect([codedValue(sr.failed, '111064'), codedValue(sr.failed, '111017')]).toEqual(['111224', '111245'])
    expect(whole(sr.declined)).toContain('Reason code BODY_PART_NOT_CHEST')
    expect(whole(sr.failed)).toContain('Reason code PIXELS_UNREADABLE')
  })

  test('never reads as the absence of a finding', () => {
    for (const each of [sr.declined, sr.failed]) {
      expect(whole(each)).toContain('NOT ANALYSED')
      expect(whole(each)).toContain('This is not a negative result.')
      expect(whole(each)).not.toMatch(/all algorithms succeeded|no finding|below|normal/i)
    }
    expect(whole(sr.declined)).not.toMatch(/without findings/)
  })

  test('tells readers the code of a failure, not the words for operators', () => {
    expect(whole(sr.failed)).not.toContain('secret')
  })

  test('has the same UIDs for the same cause whichever image is looked at, others for another cause', async () => {
    const uids = async (...given: Parameters<typeof pagesOf>) =>
      (await pagesOf(...given)).map(({ sopInstanceUid }) => sopInstanceUid)
    const first = await uids(DECLINED)
    expect(await uids(DECLINED, { SOPInstanceUID: '2.25.999' })).toEqual(first)
    expect(await uids(declinedFor('NO_IMAGE'))).not.toEqual(first)
    expect(await uids(DECLINED, { StudyInstanceUID: '2.25.998' })).not.toEqual(first)
  })

  test('of one model, where another has a result, says which, and not that there is none', async () => {
    const [page, report] = await pagesOf({ ...FAILED, beside: true })
    const told = parseHeader(report?.bytes ?? new Uint8Array())
    expect(whole(told)).toContain(`NOT ANALYSED by ${model.name} ${model.version}: the analysis failed`)
    expect(whole(told)).toContain('This is not a negative result.')
    expect(whole(told)).not.toContain('There is no AI result for this study')
    // Failed; and nothing of how many algorithms succeeded.
    expect([codedValue(told, '111064'), codedValue(told, '111017')]).toEqual(['111224', undefined])
    const [ofStudy] = await pagesOf(FAILED)
    expect(page?.sopInstanceUid).not.toBe(ofStudy?.sopInstanceUid)
    const origin = resultInput(sourceOf(COMPLETE_SOURCE))
    const ofOther = { ...origin, model: { ...model, id: 'other' } }
    const [other] = await buildNotAnalysed(ofOther, { ...FAILED, beside: true }, [wish])
    expect(other?.sopInstanceUid).not.toBe(page?.sopInstanceUid)
  })

  test('has a page on which every reason to decline fits', async () => {
    const codes = Object.keys(DECLINE_REASONS).filter((code): code is DeclineCode => code in DECLINE_REASONS)
    for (const code of codes) {
      const { rows, columns } = renderNotAnalysed(declinedFor(code), model)
      expect(columns).toBe(1280)
      expect(rows).toBeGreaterThan(500)
      expect(rows).toBeLessThan(1000)
    }
  })
})

describeWith(['dciodvfy', 'dsrdump'], 'dicom3tools and DCMTK', () => {
  test('find nothing wrong with what tells of it', async () => {
    const folder = await temporaryFolder()
    for (const cause of [DECLINED, FAILED, { ...DECLINED, beside: true }, { ...FAILED, beside: true }]) {
      for (const { kind, sopClassUid, bytes } of await pagesOf(cause)) {
        const path = join(folder, `${cause.code}-${'beside' in cause}-${sopClassUid}.dcm`)
        await writeFile(path, bytes)
        expect(await dciodvfyComplaints(path)).toEqual([])
        if (kind !== 'SR') continue
        const { exitCode, output } = await dcmtk('dsrdump', '-Ec', '-q', path)
        expect(exitCode).toBe(0)
        expect(output).not.toMatch(/^[WE]: /m)
      }
    }
  })
})
