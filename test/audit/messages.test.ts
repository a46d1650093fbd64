import { expect, test, vi } from 'vitest'
import { analyseAudit } from '../../src/audit/analyse-audit.ts'
import { type AuditMessage, encodeAuditMessage } from '../../src/audit/audit-message.ts'
import { deliverAudit } from '../../src/audit/deliver-audit.ts'
import { messageFacts } from '../../src/audit/message-facts.ts'
import { auditLogUsed, consoleAction, nodeAudit, recordingStopped } from '../../src/audit/node-audit.ts'
import { patientObject } from '../../src/audit/participants.ts'
import { receiveAudit } from '../../src/audit/receive-audit.ts'
import { storageAudit } from '../../src/audit/storage-audit.ts'
import { Failure } from '../../src/failure.ts'
import { schemaFaults } from '../support/jing.ts'
import { describeWith } from '../support/needs.ts'

const us = { pid: 4711, name: 'cxr-node', aeTitle: 'MCADS', host: 'node.example' }
const source = { id: 'cxr-node', enterpriseSiteId: 'General Hospital' }
const peer = { associationId: 'a1', callingAeTitle: 'CR1', calledAeTitle: 'MCADS', remoteAddress: '10.0.0.9' }
const study = { studyInstanceUid: '1.2.3', revision: 2 }
const instance = (nth: number, studyInstanceUid = '1.2.3') => ({
  ...{ associationId: 'a1', studyInstanceUid, sopInstanceUid: `1.2.3.4.${nth}`, sopClassUid: '1.2.840.1' },
})
const AT = new Date('2026-11-27T03:04:05.678Z')
const encode = (message: AuditMessage) => encodeAuditMessage(message, source, AT)
const failure = new Failure('DISK_FULL', 'no space left')

/** What listeners record while `happen` happens, and when they are closed. */
function recorded(happen: (listeners: ReturnType<typeof listenersOf>) => void): AuditMessage[] {
  const messages: AuditMessage[] = []
  const listeners = listenersOf((message) => void messages.push(message))
  happen(listeners)
  listeners.close()
  return messages
}

function listenersOf(record: (message: AuditMessage) => void) {
  const received = receiveAudit(record, us)
  const destinations = new Map([['pacs', { name: 'PACS', aeTitle: 'PACS', address: 'pacs.example' }]])
  const made = { ...analyseAudit(record, us), ...deliverAudit(record, us, destinations) }
  const rest = { ...made, ...storageAudit(record, us), ...nodeAudit(record, us) }
  return { ...received.events, ...rest, close: received.close }
}

type Case = [string, () => AuditMessage[], string[]]
const CASES: Case[] = [
  [
    'the node starts and stops',
    () =>
      recorded(({ nodeStarted, nodeStopping }) => {
        nodeStarted(['receiver', 'api'], 8080, 'ab12')
        nodeStopping('SIGTERM')
      }),
    ['110100/110120 E 0 roles receiver, api; configuration SHA-256 ab12', '110100/110121 E 0 SIGTERM'],
  ],
  [
    'the configuration is another than before',
    () => recorded(({ configurationChanged }) => configurationChanged('ab', 'cd')),
    ['110113/110131 E 0'],
  ],
  [
    'a certificate is taken into use, another is not',
    () =>
      recorded(({ certificateInUse, certificateNotTaken }) => {
        certificateInUse({ certificate: 'dicom.tls.certificate', words: 'CN=node, expires 2027-01-01' })
        certificateNotTaken('dicom.tls.certificate', failure)
      }),
    ['110113/110129 E 0 CN=node, expires 2027-01-01', '110113/110129 E 4 not taken: DISK_FULL: no space left'],
  ],
  [
    'an association is opened and released',
    () =>
      recorded(({ associationOpened, associationClosed }) => {
        associationOpened(peer)
        associationClosed(peer, 'released', 0, 12)
      }),
    ['110114/110122 E 0', '110114/110123 E 0 released, 0 instances'],
  ],
  [
    'an association is aborted',
    () => recorded(({ associationClosed }) => associationClosed(peer, 'aborted by peer', 3, 12, 'A-ABORT, reason 0')),
    ['110114/110123 E 4 aborted by peer, 3 instances: A-ABORT, reason 0'],
  ],
  [
    'an association is rejected, a connection dropped',
    () =>
      recorded(({ associationRejected, connectionDropped }) => {
        associationRejected(peer, "calling AE title 'CR1' is not listed")
        connectionDropped('10.0.0.9', 'not a DICOM PDU')
      }),
    ["110113/110126 E 4 rejected: calling AE title 'CR1' is not listed", '110113/110126 E 4 dropped: not a DICOM PDU'],
  ],
  [
    'instances of two studies are stored over one association',
    () =>
      recorded(({ associationOpened, instanceStored, instanceRepeated, associationClosed }) => {
        associationOpened(peer)
        instanceStored(instance(1))
        instanceStored(instance(2, '1.2.9'))
        instanceStored(instance(3))
        instanceRepeated(instance(3))
        associationClosed(peer, 'released', 4, 12)
      }),
    [
      '110114/110122 E 0',
      '110102 E 0 [1.2.3]',
      '110102 E 0 [1.2.9]',
      '110104 C 0 [1.2.3 1.2.3.4.1 1.2.3.4.3]',
      '110104 C 0 [1.2.9 1.2.3.4.2]',
      '110104 R 0 [1.2.3 1.2.3.4.3]',
      '110114/110123 E 0 released, 4 instances',
    ],
  ],
  [
    'an instance is stored whose row is late, and one is refused',
    () =>
      recorded(({ instanceUnrecorded, instanceRefused }) => {
        instanceUnrecorded(instance(1))
        instanceRefused('a1', '1.2.3.4.5', failure)
      }),
    ['110104 C 8 DISK_FULL: no space left', '110104 C 0 [1.2.3 1.2.3.4.1]'],
  ],
  [
    'a study is analysed, declined, given up; one that is tried again is no news',
    () =>
      recorded(({ studyAnalysed, studyDeclined, analysisFailed, resultsRejected }) => {
        studyAnalysed(study)
        resultsRejected('1.2.3', 3, 'recalled')
        studyDeclined(study, 'NO_IMAGE')
        analysisFailed(study, failure, 'given-up')
        analysisFailed(study, failure, 'retried')
      }),
    [
      '110103 C 0 analysed: results were made [1.2.3]',
      '110103 U 0 3 results rejected: recalled [1.2.3]',
      '110103 R 0 declined: NO_IMAGE [1.2.3]',
      '110103 R 8 DISK_FULL: no space left [1.2.3]',
    ],
  ],
  [
    'results are delivered, and refused',
    () =>
      recorded(({ delivered, deliveryHeld, deliveryRefused }) => {
        delivered('pacs', '1.2.3', 4)
        deliveryHeld('pacs', '1.2.3', 4, failure)
        deliveryRefused('elsewhere', '1.2.3', 1, failure)
      }),
    [
      '110104 R 0 [1.2.3]',
      '110104 R 4 held: DISK_FULL: no space left [1.2.3]',
      '110104 R 8 DISK_FULL: no space left [1.2.3]',
    ],
  ],
  [
    'studies are removed by age, and quarantine for want of room',
    () =>
      recorded(({ pixelsRemoved, studyForgotten, quarantineTrimmed, orphansRemoved }) => {
        pixelsRemoved('1.2.3', 7)
        studyForgotten('1.2.3')
        quarantineTrimmed(2)
        orphansRemoved(3)
      }),
    [
      '110103 D 0 7 instances removed by age [1.2.3]',
      '110105 D 0 study and its results removed by age [1.2.3]',
      '110103 D 0 the 2 oldest files in quarantine removed',
      '110103 D 0 3 files of results that no row names removed',
    ],
  ],
  [
    'something is done from the console',
    () => [
      consoleAction(us, { command: 'study retry', user: 'alice', succeeded: true, studyInstanceUid: '1.2.3' }),
      consoleAction(us, { command: 'model import', user: 'alice', succeeded: false, subject: 'xrv-all' }),
      auditLogUsed(us, 'alice', 'file:///srv/audit'),
      recordingStopped(us, 12),
    ],
    [
      '110103 U 0 mcads study retry [1.2.3]',
      '110113/110132 E 8 mcads model import failed',
      '110101 R 0',
      '110113/110133 E 12',
    ],
  ],
]

/** Event ID/type, action, outcome, words, [study and instances]. */
function inShort({ id, type, action, outcome, outcomeDescription, objects = [] }: AuditMessage): string {
  const studies = objects.filter(({ idType }) => idType.code === '110180')
  const about = studies.map((object) =>
    [object.id, ...(object.sopClasses ?? []).flatMap(({ instances }) => instances)].join(' '),
  )
  const code = type ? `${id.code}/${type.code}` : id.code
  return [code, action, outcome, outcomeDescription, ...about.map((each) => `[${each}]`)]
    .filter((part) => part !== undefined)
    .join(' ')
}

test.each(CASES)('%s: its audit messages', (_name, happen, expected) => {
  expect(happen().map(inShort)).toEqual(expected)
})

describeWith(['jing'], 'the schema of PS3.15 A.5.1', () => {
  test('every kind of message is valid by it, awkward text and a Patient ID included', async () => {
    const messages = CASES.flatMap(([, happen]) => happen())
    const [some] = messages
    if (!some) throw new Error('no messages')
    const awkward = {
      ...some,
      outcomeDescription: 'a < b & "c"\n\t\u0000\u2028\ud800 é',
      objects: [patientObject('P<1>&"')],
    }
    const encoded = [...messages, awkward].map(encode)
    expect(encoded.length).toBeGreaterThan(20)
    expect(await schemaFaults(encoded)).toEqual([])
  })

  test('it finds what is wrong', async () => {
    const [start] = CASES[0]?.[1]() ?? []
    const wrong = (start ? encode(start) : '').replace('EventOutcomeIndicator="0"', 'EventOutcomeIndicator="1"')
    expect(await schemaFaults([wrong])).toEqual([expect.stringContaining('EventOutcomeIndicator')])
  })
})

test('what a message says is read from it again, whatever the text', () => {
  const [message] = recorded(({ associationRejected }) => associationRejected(peer, `a < b & "c" 'd'\n\u2028e`))
  if (!message) throw new Error('no message')
  const xml = encode(message)
  expect(xml).not.toMatch(/[\n\r\u2028]/)
  expect(messageFacts(xml)).toEqual({
    ...{ at: AT.toISOString(), event: 'Security Alert', type: 'Node Authentication', action: 'E', outcome: 4 },
    ...{ words: `rejected: a < b & "c" 'd'\n\u2028e`, requestor: 'CR1', studyInstanceUid: undefined },
  })
})

test('a peer that is refused again and again is told at once, and then once a minute with how often', () => {
  vi.useFakeTimers()
  const messages = recorded(({ associationRejected }) => {
    for (let nth = 0; nth < 5000; nth++) associationRejected({ ...peer, callingAeTitle: `X${nth}` }, `no ${nth}`)
    vi.advanceTimersByTime(70_000)
    associationRejected(peer, 'no again')
  })
  vi.useRealTimers()
  expect(messages.map(({ outcomeDescription }) => outcomeDescription)).toEqual([
    'rejected: no 0',
    'rejected: no 4999 (4999 times)',
    'rejected: no again',
  ])
})

test('what is stored over an association that stays open is told within ten seconds, 200 instances at most together', () => {
  vi.useFakeTimers()
  const messages: AuditMessage[] = []
  const { events, close } = receiveAudit((message) => void messages.push(message), us)
  events.associationOpened(peer)
  for (let nth = 0; nth < 450; nth++) events.instanceStored(instance(nth))
  expect(messages.slice(2)).toHaveLength(2)
  vi.advanceTimersByTime(12_000)
  expect(messages.slice(2).map(({ objects }) => objects?.[0]?.sopClasses?.[0]?.count)).toEqual([200, 200, 50])
  close()
  vi.useRealTimers()
})
