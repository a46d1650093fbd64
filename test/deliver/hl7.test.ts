import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import HL7 from 'hl7-standard'
import { expect, test, vi } from 'vitest'
import { retryStudy } from '../../src/db/retry-study.ts'
import type { Db } from '../../src/db/schema.ts'
import type { StudyView } from '../../src/db/study-view.ts'
import { openInstanceFiles } from '../../src/files/instance-files.ts'
import { buildMessages } from '../../src/hl7/build-messages.ts'
import { parseUid } from '../../src/study/identifiers.ts'
import { COMPLETE_SOURCE, resultInput, sourceOf } from '../report/synthetic-result.ts'
import { Authority } from '../support/certificates.ts'
import { acknowledge, startHl7Listener, startMllp } from '../support/hl7.ts'
import { configFile, mcads } from '../support/mcads.ts'
import { describeWith } from '../support/needs.ts'
import { startTestNode, untilStudies } from '../support/node.ts'
import { openPacs } from '../support/pacs.ts'
import { freePort } from '../support/ports.ts'
import { dxFile, phantomFile, push } from '../support/push.ts'
import { analysedStudy, newResult } from '../support/rows.ts'

vi.setConfig({ testTimeout: 60_000 })

const his = (port: number, more = {}) => ({ name: 'his', type: 'hl7', host: '127.0.0.1', port, ...more })
const told = (view: StudyView | undefined) => view?.deliveries.map(({ state, reasonCode }) => [state, reasonCode])

/** A study analysed, with a message owed to `his`, as a worker leaves it. */
async function oweMessage({ db, directory }: { db: Db; directory: string }, destinations = ['his']) {
  const files = await openInstanceFiles({ directory, minimumFreeBytes: 0, maximumInstanceBytes: 1e9 })
  const entities = { sendingApplication: 'MCADS', sendingFacility: '', receivingApplication: '', receivingFacility: '' }
  const profile = { ...entities, processingId: 'P', link: undefined } as const
  const [message] = buildMessages(resultInput(sourceOf(COMPLETE_SOURCE)), [
    { name: 'his', profile, notAnalysed: 'nothing' },
  ])
  if (!message) throw new Error('no message')
  const { kind, sopInstanceUid, bytes } = message
  const saved = await files.saveResult(bytes, 'hl7')
  const result = newResult({ kind, sopInstanceUid: parseUid(sopInstanceUid), ...saved, bytes: bytes.length })
  return analysedStudy(db, destinations, [result])
}

async function offer(script: Parameters<typeof startMllp>[0]) {
  const receiver = await startMllp(script)
  const environment = { MCADS_DELIVERY__TIMEOUT: '500ms' }
  const node = await startTestNode({ roles: ['sender'], destinations: [his(receiver.port)], environment })
  const study = await oweMessage(node)
  return { receiver, node, study }
}

/** The view once the delivery was tried, whatever came of it. */
const tried = ({ deliveries }: StudyView) => deliveries.every(({ reasonCode, state }) => reasonCode || state === 'sent')

test('a study that was pushed arrives at the HIS as an ORU that another library reads, and at the PACS as before', async () => {
  const listener = await startHl7Listener()
  const pacs = await openPacs()
  const link = 'https://viewer.example/{studyInstanceUid}'
  const { dicomPort, db, directory } = await startTestNode({
    destinations: [pacs.destination, his(listener.port, { receivingApplication: 'HIS', link })],
  })
  await push(dicomPort, await phantomFile())
  const [view] = await untilStudies(db, 1)
  const messages = view?.results.filter(({ kind }) => kind === 'ORU') ?? []
  const owedTo = (id: string) => view?.deliveries.filter(({ resultId }) => resultId === id)
  expect(messages).toHaveLength(1)
  expect(owedTo(messages[0]?.id ?? '')).toMatchObject([{ destination: 'his', state: 'sent' }])
  expect(pacs.offered).not.toContain(messages[0]?.sopInstanceUid)
  expect(pacs.offered.length).toBeGreaterThan(1)
  expect(listener.messages).toHaveLength(1)
  const kept = await readFile(join(directory, 'results', messages[0]?.file ?? ''), 'utf8')
  expect(kept.trimEnd()).toBe(listener.messages[0]?.trimEnd())
  const message = new HL7(listener.messages[0] ?? '')
  message.transform()
  expect(message.get('MSH.9.1')).toBe('ORU')
  expect(message.get('MSH.5')).toBe('HIS')
  const observed = message.getSegments('OBX').map((segment) => segment.get('OBX.3.1'))
  const positives = view?.analyses[0]?.findings.filter(({ positive }) => positive).length
  expect(observed.filter((code) => code === '121071')).toHaveLength(positives ?? -1)
  expect(observed.filter((code) => code === '111012')).toHaveLength(positives ?? -1)
})

test('of a study that is declined the HIS hears that it was not analysed, if it wants to', async () => {
  const receiver = await startMllp((message) => acknowledge(message, 'AA'))
  const node = await startTestNode({ destinations: [his(receiver.port, { notAnalysed: 'message' })] })
  await push(node.dicomPort, await dxFile({ ViewPosition: 'LL' }))
  const [view] = await untilStudies(node.db, 1)
  expect(view?.study.state).toBe('declined')
  expect(told(view)).toEqual([['sent', null]])
  expect(receiver.messages).toHaveLength(1)
  expect(receiver.messages[0]).toContain(`NOT ANALYSED: `)
  expect(receiver.messages[0]).toContain(`(${view?.study.reasonCode}).`)
})

test('a message that the HIS refuses (AE) is refused with its words, offered again after a retry, and then taken', async () => {
  const { receiver, node, study } = await offer((message, before) =>
    before === 0 ? acknowledge(message, 'AE', 'Order A-7 is not known') : acknowledge(message, 'AA'),
  )
  const [view] = await untilStudies(node.db, 1)
  expect(told(view)).toEqual([['refused', 'HL7_REFUSED']])
  expect(view?.deliveries[0]?.comment).toContain('AE: Order A-7 is not known')
  await retryStudy(node.db, study.studyInstanceUid)
  await untilStudies(node.db, 1, { done: ({ deliveries }) => deliveries.every(({ state }) => state === 'sent') })
  expect(receiver.messages[1]).toBe(receiver.messages[0])
})

test('a HIS that is busy (AR), answers nonsense, about another message, too late or cuts off gets the same message again', async () => {
  const answers = [
    (message: string) => acknowledge(message, 'AR', 'busy'),
    () => '\x0bhello\x1c\r',
    (message: string) => acknowledge(message, 'AA', '', 'ANOTHER'),
    () => 'CUT',
    () => undefined,
    (message: string) => acknowledge(message, 'AA'),
  ]
  const { receiver, node } = await offer((message, before) => answers[before]?.(message))
  const [view] = await untilStudies(node.db, 1)
  expect(told(view)).toEqual([['sent', null]])
  expect(view?.deliveries[0]?.attempts).toBe(6)
  expect(new Set(receiver.messages).size).toBe(1)
})

test('a HIS that is not there is waited for', async () => {
  const node = await startTestNode({ roles: ['sender'], destinations: [his(await freePort())] })
  await oweMessage(node)
  const [view] = await untilStudies(node.db, 1, { done: tried })
  expect(told(view)).toEqual([['owed', 'PEER_UNREACHABLE']])
})

test('`echo` tells whether it can be reached', async () => {
  const { port } = await startMllp(() => undefined)
  const reached = await mcads('echo', 'his', '--config', await configFile({ destinations: [his(port)] }))
  expect(reached).toMatchObject({ exitCode: 0 })
  const not = await mcads('echo', 'his', '--config', await configFile({ destinations: [his(await freePort())] }))
  expect(not).toMatchObject({ exitCode: 1 })
})

describeWith(['openssl'], 'MLLP over TLS', () => {
  test('both sides show a certificate; a HIS of an unknown authority gets nothing', async () => {
    const [authority, other] = [await Authority.open(), await Authority.open()]
    const [server, client] = [
      await authority.issue({ commonName: 'his' }),
      await authority.issue({ commonName: 'node' }),
    ]
    const mutual = {
      cert: await readFile(server.certificate),
      key: await readFile(server.key),
      ca: await readFile(authority.ca),
      ...{ requestCert: true, rejectUnauthorized: true },
    }
    const receiver = await startMllp((message) => acknowledge(message, 'AA'), mutual)
    const tls = { certificate: client.certificate, key: client.key }
    const node = await startTestNode({
      roles: ['sender'],
      destinations: [
        his(receiver.port, { tls: { ...tls, ca: authority.ca } }),
        { ...his(receiver.port, { tls: { ...tls, ca: other.ca } }), name: 'mistrusted' },
      ],
    })
    await oweMessage(node, ['his', 'mistrusted'])
    expect(told((await untilStudies(node.db, 1, { done: tried }))[0])).toEqual([
      ['sent', null],
      ['owed', 'TLS_FAILED'],
    ])
    expect(receiver.messages).toHaveLength(1)
  })
})
