import { deflateRawSync } from 'node:zlib'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { imageDataSet } from '../support/incoming.ts'
import {
  ABORTED,
  associated,
  associateRq,
  COMMAND,
  CT,
  callScripted,
  cEchoRq,
  cStoreRq,
  DX,
  EXPLICIT,
  IMPLICIT,
  item,
  LAST,
  pData,
  pdu,
  pdv,
  RELEASE_RQ,
  RELEASED,
  RJ,
  type Rq,
  response,
  type ScriptedPeer,
  VERIFICATION,
} from '../support/scripted-peer.ts'

const SC = SopClass.SecondaryCaptureImageStorage
const J2K = '1.2.840.10008.1.2.4.90'
const DEFLATED = '1.2.840.10008.1.2.1.99'
const FROM = { calling: 'TESTER' }

// In no order of their IDs, as some peers propose them.
const CONTEXTS = [
  { id: 7, abstractSyntax: SC, transferSyntaxes: [DEFLATED] },
  { id: 5, abstractSyntax: CT, transferSyntaxes: [IMPLICIT] },
  { id: 1, abstractSyntax: SC, transferSyntaxes: [J2K, EXPLICIT] },
  { id: 3, abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT] },
]

/** A data set in P-DATA-TFs that the node takes. */
export function fragments(dataSet: Buffer, contextId = 1, size = 100_000): Buffer[] {
  const count = Math.max(1, Math.ceil(dataSet.length / size))
  return Array.from({ length: count }, (_, nth) =>
    pData(contextId, nth === count - 1 ? LAST : 0, dataSet.subarray(nth * size, (nth + 1) * size)),
  )
}

const words = (status: number | undefined) => `${status?.toString(16).toUpperCase().padStart(4, '0')}H`

/** What a peer hears next, in words. */
async function heard(peer: ScriptedPeer, withinMs = 15_000): Promise<string> {
  const answer = await peer.next(withinMs)
  if (!answer) return 'closed'
  if (answer.type === ABORTED) return `A-ABORT ${[...answer.body.subarray(2)].join(' ')}`
  if (answer.type === RJ) return `A-ASSOCIATE-RJ ${[...answer.body.subarray(1)].join(' ')}`
  const at = answer.body.indexOf(Buffer.from([0x00, 0x00, 0x00, 0x09, 2, 0, 0, 0]))
  return at < 0 ? `PDU ${answer.type}` : words(answer.body.readUInt16LE(at + 8))
}

/** Says something before any association. */
const greeting = (bytes: Buffer) => async (port: number) => heard((await callScripted(port)).send(bytes))

/** Asks for an association and sends a C-STORE after the answer all the same. */
const asking = (rq: Rq) => async (port: number) => {
  const peer = await callScripted(port)
  const answer = await heard(peer.send(associateRq({ ...FROM, contexts: CONTEXTS, ...rq })))
  const more = await peer.send(cStoreRq({ sopClass: SC }), ...fragments(imageDataSet())).rest()
  return [answer, ...more.map((type) => `PDU ${type}`)].join(', ')
}

/** Says something inside an association. */
const saying =
  (...bytes: Buffer[]) =>
  async (port: number) =>
    heard((await associated(port, { ...FROM, contexts: CONTEXTS })).send(...bytes))

/** Stores a data set; afterwards the association must still be of use. */
export const storing =
  (dataSet: Buffer, rq: Parameters<typeof cStoreRq>[0] = {}) =>
  async (port: number) => {
    const peer = await associated(port, { ...FROM, contexts: CONTEXTS })
    const contextId = rq.contextId ?? 1
    const answer = await heard(peer.send(cStoreRq({ sopClass: SC, ...rq }), ...fragments(dataSet, contextId)))
    const echo = await heard(peer.send(cEchoRq(2)))
    const released = await peer.send(RELEASE_RQ).rest()
    peer.socket.destroy()
    return echo === '0000H' && released.includes(RELEASED) ? answer : `${answer}, then ${echo}`
  }

/** Of `count` associations each is left in the middle of a C-STORE. */
const leaving = (leave: (peer: ScriptedPeer) => void) => async (port: number) => {
  for (let nth = 0; nth < 5; nth++) {
    const peer = await associated(port, { ...FROM, contexts: CONTEXTS })
    peer.send(cStoreRq({ sopClass: SC }), pData(1, 0, Buffer.alloc(50_000)))
    await new Promise((resolve) => setTimeout(resolve, 20))
    leave(peer)
    await peer.rest()
    peer.socket.destroy()
  }
  return 'left'
}

/** `imageDataSet` with another length said for its pixels. */
function declaring(bytes: number): Buffer {
  const dataSet = imageDataSet({ rows: 45 })
  dataSet.writeUInt32LE(bytes, dataSet.length - 45 * 200 - 4)
  return dataSet
}

const beforePixels = (dataSet: Buffer, more: Buffer) => {
  const at = dataSet.length - 100 * 200 - 12
  return Buffer.concat([dataSet.subarray(0, at), more, dataSet.subarray(at)])
}

const undefinedLength = (tag: number[], vr: string) =>
  Buffer.concat([Buffer.from(tag), Buffer.from(vr), Buffer.from([0, 0, 0xff, 0xff, 0xff, 0xff])])
const SEQUENCE = undefinedLength([0x29, 0x00, 0x10, 0x10], 'SQ')
const ITEM = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff])
const nested = (depth: number) => Buffer.concat(Array.from({ length: depth }, () => Buffer.concat([SEQUENCE, ITEM])))
const manyElements = (count: number) =>
  Buffer.concat(Array.from({ length: count }, () => Buffer.from('2900111053480200616200'.slice(0, 20), 'hex')))

/** Inflates to 300 MB of a data set. */
const deflateBomb = () => deflateRawSync(beforePixels(imageDataSet(), privateBytes(300_000_000)), { level: 1 })

function privateBytes(length: number): Buffer {
  const head = Buffer.from([0x29, 0x00, 0x10, 0x10, 0x4f, 0x57, 0, 0, 0, 0, 0, 0])
  head.writeUInt32LE(length, 8)
  return Buffer.concat([head, Buffer.alloc(length)])
}

const many = (count: number, each: Buffer) => Buffer.concat(Array.from({ length: count }, () => each))

/** What was attempted; what the peer hears; how often which cause is logged: reference/dimse.md sections 2 and 5. */
export type Attack = readonly [
  name: string,
  attempt: (port: number) => Promise<string>,
  hears: string | RegExp,
  logged: string,
]

const DROPPED = 'connection dropped before an association'
const REJECTED = 'association rejected'
const ENDED = 'association ended without release'
const REFUSED = 'instance refused'

const BEFORE: readonly Attack[] = [
  ['random bytes', greeting(Buffer.from('8f1e00aa5511c3d7e9', 'hex')), 'A-ABORT 2 1', DROPPED],
  ['an HTTP request', greeting(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')), 'A-ABORT 2 1', DROPPED],
  ['an association PDU of 4 GB', greeting(pdu(1, Buffer.alloc(60_000), 0xffffffff)), 'A-ABORT 2 6', DROPPED],
  ['data before an association', greeting(cStoreRq()), 'A-ABORT 2 2', DROPPED],
  ['a truncated A-ASSOCIATE-RQ, then silence', greeting(associateRq().subarray(0, 100)), /^A-ABORT/, DROPPED],
  ['a wrong called AE title, then a C-STORE', asking({ called: 'WRONG' }), 'A-ASSOCIATE-RJ 1 1 7', REJECTED],
  ['a calling AE title not listed, then a C-STORE', asking({ calling: 'NOBODY' }), 'A-ASSOCIATE-RJ 1 1 3', REJECTED],
  [
    'names of 60 000 spaces in the middle, before anything is known of the peer',
    asking({ applicationContext: `1${' '.repeat(60_000)}2`, user: [item(0x55, `x${' '.repeat(60_000)}x`)] }),
    'A-ASSOCIATE-RJ 1 1 2',
    REJECTED,
  ],
  ['PDUs of 1 byte at most', asking({ maximumPduLength: 1 }), 'A-ASSOCIATE-RJ 1 1 1', REJECTED],
  ['PDUs of 6 bytes at most', asking({ maximumPduLength: 6 }), 'A-ASSOCIATE-RJ 1 1 1', REJECTED],
]

const WITHIN: readonly Attack[] = [
  ['C-STORE on a context that was rejected', saying(cStoreRq({ contextId: 5, sopClass: CT })), 'A-ABORT 2 5', ENDED],
  ['a P-DATA-TF of 4 GB, with 20 MB of it', saying(pdu(4, Buffer.alloc(20_000_000), 0xffffffff)), 'A-ABORT 2 6', ENDED],
  ['a PDU of no bytes', saying(pdu(4, Buffer.alloc(0))), 'A-ABORT 2 6', ENDED],
  ['an endless command', saying(many(200, pData(1, COMMAND, Buffer.alloc(60_000)))), 'A-ABORT 2 6', ENDED],
  [
    'an endless command of empty fragments',
    saying(pdu(4, many(20_000, pdv(1, COMMAND, Buffer.alloc(0))))),
    'A-ABORT 2 6',
    ENDED,
  ],
  ['a command without Command Field', saying(pData(1, 3, Buffer.alloc(0))), 'A-ABORT 2 6', ENDED],
  ['a response nobody asked for', saying(response(0x8001, 1, 0)), 'A-ABORT 2 5', ENDED],
  [
    'a second C-STORE before the first was answered',
    saying(
      ...[1, 2, 3, 4].flatMap((messageId) => [cStoreRq({ sopClass: SC, messageId }), ...fragments(imageDataSet())]),
    ),
    'A-ABORT 2 5',
    ENDED,
  ],
  ['a reset in the middle of a C-STORE', leaving(({ socket }) => socket.resetAndDestroy()), 'left', `5 ${ENDED}`],
  ['a close in the middle of a C-STORE', leaving(({ socket }) => socket.end()), 'left', `5 ${ENDED}`],
  ['A-ABORT in the middle of a C-STORE', leaving((peer) => peer.send(pdu(7, Buffer.alloc(4)))), 'left', `5 ${ENDED}`],
]

const STORED: readonly Attack[] = [
  ['C-STORE over the context of Verification', storing(imageDataSet(), { contextId: 3 }), '0122H', REFUSED],
  ['C-STORE of another class than its context', storing(imageDataSet(), { sopClass: CT }), '0122H', REFUSED],
  ['a path for a SOP Instance UID', storing(imageDataSet(), { sopInstance: '../../etc/x' }), '0117H', REFUSED],
  ['a path for a Study Instance UID', storing(imageDataSet({ studyInstanceUid: '../../x' })), '0117H', REFUSED],
  ['another instance than its command says', storing(imageDataSet({ sopInstanceUid: '1.2.9' })), 'A900H', REFUSED],
  ['an empty data set', storing(Buffer.alloc(0)), 'C000H', REFUSED],
  ['a truncated data set', storing(imageDataSet().subarray(0, 3000)), 'C000H', REFUSED],
  ['100 MB declared in 9 KB', storing(declaring(100_000_000)), 'C000H', REFUSED],
  ['3 GB declared in 9 KB', storing(declaring(3_000_000_000)), 'C000H', REFUSED],
  ['random bytes for a data set', storing(Buffer.from('91fe0277ab'.repeat(900), 'hex')), 'C000H', REFUSED],
  ['a PDF for a data set', storing(Buffer.from(`%PDF-1.4\n${'1 0 obj\n'.repeat(900)}`)), 'C000H', REFUSED],
  [
    'a sequence that is not closed',
    storing(beforePixels(imageDataSet(), Buffer.concat([SEQUENCE, ITEM]))),
    'C000H',
    REFUSED,
  ],
  ['encapsulated pixels in a native syntax', storing(encapsulated()), 'C000H', REFUSED],
  ['20 000 nested sequences', storing(beforePixels(imageDataSet(), nested(20_000))), 'C000H', REFUSED],
  [
    'a UID of 60 000 spaces in the middle',
    storing(imageDataSet({ studyInstanceUid: `1${' '.repeat(60_000)}2` })),
    '0117H',
    REFUSED,
  ],
  ['700 000 elements', storing(beforePixels(imageDataSet(), manyElements(700_000))), 'C000H', REFUSED],
  ['garbage said to be deflated', storing(Buffer.alloc(5000, 7), { contextId: 7 }), 'C000H', REFUSED],
  ['a deflate bomb of 300 MB', (port) => storing(deflateBomb(), { contextId: 7 })(port), 'C000H', REFUSED],
]

function encapsulated(): Buffer {
  const dataSet = imageDataSet()
  return Buffer.concat([dataSet.subarray(0, -100 * 200 - 12), undefinedLength([0xe0, 0x7f, 0x10, 0x00], 'OB'), ITEM])
}

export const ATTACKS: readonly Attack[] = [...BEFORE, ...WITHIN, ...STORED]
export const BYSTANDER = { ...FROM, contexts: [{ id: 3, abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT] }] }
export const DX_CONTEXTS = [
  { id: 1, abstractSyntax: DX, transferSyntaxes: [EXPLICIT] },
  { id: 3, abstractSyntax: DX, transferSyntaxes: [IMPLICIT] },
  { id: 5, abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT] },
]
