import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { retryStudy } from '../../src/db/retry-study.ts'
import type { StudyView } from '../../src/db/study-view.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { configFile, mcads } from '../support/mcads.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { startTestNode, untilStudies } from '../support/node.ts'
import { DICOM_WEB, DICOM_WEB_PLUGIN, startOrthanc } from '../support/orthanc.ts'
import { oweResults } from '../support/owed-results.ts'
import { phantomFile, push } from '../support/push.ts'
import { answerJson, partsOf, startWebServer, stored, type WebCall } from '../support/web-server.ts'

vi.setConfig({ testTimeout: 60_000 })

const uidsOf = (call: WebCall) => partsOf(call).map((part) => parseHeader(part).string('SOPInstanceUID') ?? '')
const told = (view: StudyView | undefined) =>
  view?.deliveries.map(({ state, status, reasonCode }) => [state, status, reasonCode])
const startSender = (url: URL, more = {}) =>
  startTestNode({
    roles: ['sender'],
    destinations: [{ name: 'web', type: 'dicomweb', url: url.href, ...more }],
    environment: { MCADS_DELIVERY__REPORT_WITHIN: '500ms' },
  })

describeWith(['Orthanc', DICOM_WEB_PLUGIN], 'a DICOMweb destination', () => {
  test('gets the results of a study that was pushed, the same as by C-STORE', async () => {
    const orthanc = await startOrthanc(DICOM_WEB)
    const other = await startOrthanc()
    const url = `http://127.0.0.1:${orthanc.httpPort}/dicom-web`
    const { dicomPort, db } = await startTestNode({
      destinations: [
        { name: 'web', type: 'dicomweb', url },
        { name: 'pacs', aeTitle: 'ORTHANC', port: other.port },
      ],
    })
    await push(dicomPort, await phantomFile())
    const [view] = await untilStudies(db, 1)
    expect(view?.deliveries.every(({ state, status }) => state !== 'refused' && status === 0)).toBe(true)
    const ofWeb = ({ deliveries }: StudyView) => deliveries.filter(({ destination }) => destination === 'web')
    const [later] = await untilStudies(db, 1, {
      done: (each) => ofWeb(each).every(({ state }) => state === 'confirmed'),
    })
    expect(later && ofWeb(later).every(({ confirmedBy }) => confirmedBy === 'query')).toBe(true)
    const [byWeb, byStore] = await Promise.all([orthanc.instances(), other.instances()])
    const uids = (held: typeof byWeb) => held.map(({ sopInstanceUid }) => sopInstanceUid).sort()
    expect(uids(byWeb).length).toBeGreaterThanOrEqual(2)
    expect(uids(byWeb)).toEqual(uids(byStore))
  })

  test('answers `echo` and `doctor`; a wrong address is told with what to do', async () => {
    const orthanc = await startOrthanc(DICOM_WEB)
    const configFor = (path: string) =>
      configFile({
        destinations: [{ name: 'web', type: 'dicomweb', url: `http://127.0.0.1:${orthanc.httpPort}${path}` }],
      })
    const { stdout } = await mcads('echo', 'web', '--config', await configFor('/dicom-web'))
    expect(stdout).toMatch(/^web answered in/)
    const wrong = await mcads('echo', 'web', '--config', await configFor('/wrong'))
    expect(wrong).toMatchObject({ exitCode: 1 })
    expect(wrong.stderr).toMatch(/HTTP_REFUSED: .*404 Not Found: is the address its DICOMweb root/)
  })
})

test('what a server answers 503 with Retry-After is offered again then, and not before', async () => {
  const at: number[] = []
  const web = await startWebServer((call, response, before) => {
    at.push(Date.now())
    if (before === 0) response.writeHead(503, { 'retry-after': '4' }).end()
    else answerJson(response, 200, stored({ taken: uidsOf(call) }))
  })
  // Without it the second try would come after 1 s at most.
  const { db, directory } = await startSender(web.url, { confirm: 'none' })
  await oweResults({ db, directory }, ['web'])
  const [view] = await untilStudies(db, 1)
  expect(told(view)).toEqual(Array(3).fill(['sent', 0, null]))
  expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(3900)
})

test('of a 409 what failed for good is refused with its reason, what failed in passing comes again, what was taken does not', async () => {
  const offered: string[][] = []
  const web = await startWebServer((call, response, before) => {
    const [first = '', second = '', third = ''] = uidsOf(call)
    offered.push(uidsOf(call))
    const failed: [string, number][] = [
      [second, 0xa700],
      [third, 0xc000],
    ]
    if (before === 0) answerJson(response, 409, stored({ taken: [first], failed }))
    else answerJson(response, 200, stored({ taken: uidsOf(call) }))
  })
  const { db, directory } = await startSender(web.url, { confirm: 'none' })
  const { sopInstanceUids } = await oweResults({ db, directory }, ['web'])
  const [view] = await untilStudies(db, 1)
  expect(told(view)).toEqual([
    ['sent', 0, null],
    ['sent', 0, null],
    ['refused', 0xc000, 'STATUS_REFUSED'],
  ])
  expect(offered).toEqual([sopInstanceUids, [sopInstanceUids[1]]])
})

test('a token that is not accepted refuses the results; with a new one, after a retry, they are taken', async () => {
  const tokenFile = join(await temporaryFolder(), 'token')
  await writeFile(tokenFile, 'old')
  const web = await startWebServer((call, response) => {
    if (call.headers.authorization === 'Bearer new') answerJson(response, 200, stored({ taken: uidsOf(call) }))
    else response.writeHead(401).end()
  })
  const { db, directory } = await startSender(web.url, { tokenFile, confirm: 'none' })
  const { studyInstanceUid } = await oweResults({ db, directory }, ['web'])
  const [view] = await untilStudies(db, 1)
  expect(told(view)).toEqual(Array(3).fill(['refused', null, 'HTTP_UNAUTHORIZED']))
  await writeFile(tokenFile, 'new')
  await retryStudy(db, studyInstanceUid)
  await untilStudies(db, 1, { done: ({ deliveries }) => deliveries.every(({ state }) => state === 'sent') })
})

test('what a server took and does not find is offered again, and confirmed when it is found', async () => {
  let offers = 0
  const held = new Set<string>()
  const web = await startWebServer((call, response) => {
    if (call.method === 'GET') {
      const found = [...held].map((uid) => ({ '00080018': { vr: 'UI', Value: [uid] } }))
      return answerJson(response, 200, found)
    }
    offers++
    // The first time it loses what it says that it has stored.
    if (offers > 1) for (const uid of uidsOf(call)) held.add(uid)
    answerJson(response, 200, stored({ taken: uidsOf(call) }))
  })
  const { db, directory } = await startSender(web.url)
  await oweResults({ db, directory }, ['web'], [SopClass.SecondaryCaptureImageStorage])
  const [view] = await untilStudies(db, 1, {
    done: ({ deliveries }) => deliveries.every(({ state }) => state === 'confirmed'),
  })
  expect(view?.deliveries[0]).toMatchObject({ losses: 1, confirmedBy: 'query' })
  expect(offers).toBe(2)
})

test('a server without searches leaves what it took unconfirmed', async () => {
  const web = await startWebServer((call, response) => {
    if (call.method === 'GET') response.writeHead(501).end()
    else answerJson(response, 200, stored({ taken: uidsOf(call) }))
  })
  const { db, directory } = await startSender(web.url)
  await oweResults({ db, directory }, ['web'], [SopClass.SecondaryCaptureImageStorage])
  const [view] = await untilStudies(db, 1, {
    done: ({ deliveries }) => deliveries.every(({ state }) => state === 'unconfirmed'),
  })
  expect(told(view)).toEqual([['unconfirmed', 0, 'SOP_CLASS_REFUSED']])
})

test('where the study is another patient at the server, the results are held and nothing is stored', async () => {
  const web = await startWebServer((call, response) => {
    if (call.path.includes('/instances')) return answerJson(response, 200, [])
    if (call.method === 'GET') return answerJson(response, 200, [{ '00100020': { vr: 'LO', Value: ['OTHER'] } }])
    answerJson(response, 200, stored({ taken: uidsOf(call) }))
  })
  const node = await startTestNode({
    destinations: [{ name: 'web', type: 'dicomweb', url: web.url.href, checkIdentity: true }],
  })
  await push(node.dicomPort, await phantomFile())
  const [view] = await untilStudies(node.db, 1)
  expect(
    view?.deliveries.every(({ state, reasonCode }) => state === 'held' && reasonCode === 'IDENTITY_MISMATCH'),
  ).toBe(true)
  expect(web.calls.filter(({ method }) => method === 'POST')).toEqual([])
})

test('a report in a SOP class that the server does not take goes in the next one', async () => {
  const taken: string[] = []
  const web = await startWebServer((call, response) => {
    const headers = partsOf(call).map(parseHeader)
    const uidOf = (header: (typeof headers)[number]) => header.string('SOPInstanceUID') ?? ''
    const isNew = (header: (typeof headers)[number]) =>
      header.string('SOPClassUID') === SopClass.Comprehensive3dSrStorage
    const [fresh, others] = [headers.filter(isNew), headers.filter((header) => !isNew(header))]
    taken.push(...others.map((header) => header.string('SOPClassUID') ?? ''))
    const failed = fresh.map((header): [string, number] => [uidOf(header), 0x0122])
    answerJson(response, failed.length > 0 ? 202 : 200, stored({ taken: others.map(uidOf), failed }))
  })
  const node = await startTestNode({
    destinations: [{ name: 'web', type: 'dicomweb', url: web.url.href, confirm: 'none', objects: ['sr'] }],
  })
  await push(node.dicomPort, await phantomFile())
  const [view] = await untilStudies(node.db, 1)
  expect(told(view)).toEqual([['sent', 0, null]])
  expect(taken).toEqual([SopClass.ComprehensiveSrStorage])
})
