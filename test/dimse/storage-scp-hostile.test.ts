import { describe, expect, test } from 'vitest'
import { Failure } from '../../src/failure.ts'
import { recordingScp, until } from '../support/recording-scp.ts'
import {
  ABORTED,
  associateAc,
  associated,
  associateRq,
  COMMAND,
  CT,
  callScripted,
  cEchoRq,
  command,
  cStoreRq,
  DX,
  EXPLICIT,
  IMPLICIT,
  LAST,
  pData,
  pdu,
  pdv,
  RELEASE_RP,
  RELEASE_RQ,
  RJ,
  type Rq,
  response,
  VERIFICATION,
} from '../support/scripted-peer.ts'

const store = (dataSet = Buffer.from('ab')) => Buffer.concat([cStoreRq(), pData(1, LAST, dataSet)])
const reasonOf = (body: Buffer | undefined) => body && [...body.subarray(2)]

describe('before an association', () => {
  test.each([
    ['random bytes', Buffer.from('8f1e00aa5511c3d7e9', 'hex')],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['P-DATA-TF', store()],
    ['A-RELEASE-RQ', RELEASE_RQ],
    ['A-ASSOCIATE-AC', associateAc([{ id: 1, result: 0, transferSyntax: IMPLICIT }])],
    ['a P-DATA-TF header of 4 GB', pdu(4, Buffer.alloc(0), 0xffffffff)],
    ['an A-ASSOCIATE-RQ header of 4 GB', pdu(1, Buffer.alloc(0), 0xffffffff)],
    ['an A-ASSOCIATE-RQ of nothing but zeros', pdu(1, Buffer.alloc(100))],
  ])('%s: A-ABORT, and the connection is closed', async (_name, bytes) => {
    const { port, told, stored } = await recordingScp()
    const peer = await callScripted(port)
    expect(await peer.send(bytes).rest()).toEqual([ABORTED])
    expect(told).toEqual([expect.stringMatching(/^dropped: /)])
    expect(stored).toEqual([])
  })

  test('a peer that trickles its A-ASSOCIATE-RQ is cut when ARTIM expires', async () => {
    const { port, told } = await recordingScp({ timers: { artimMs: 300 } })
    const peer = await callScripted(port)
    const rq = associateRq()
    let at = 0
    const trickle = setInterval(() => peer.send(rq.subarray(at, ++at)), 20)
    const began = Date.now()
    expect(await peer.rest()).toEqual([ABORTED])
    clearInterval(trickle)
    expect(Date.now() - began).toBeLessThan(1500)
    expect(told).toEqual(['dropped: no A-ASSOCIATE-RQ came in time'])
  })

  test('a truncated A-ASSOCIATE-RQ and then silence is cut when ARTIM expires', async () => {
    const { port } = await recordingScp({ timers: { artimMs: 200 } })
    const peer = await callScripted(port)
    expect(await peer.send(associateRq().subarray(0, 100)).rest()).toEqual([ABORTED])
  })

  test('a peer that never closes its side is destroyed all the same', async () => {
    const { port } = await recordingScp({ timers: { artimMs: 100 }, limits: { beforeNegotiation: 1 } })
    const half = await callScripted(port)
    await half.rest()
    await new Promise((resolve) => setTimeout(resolve, 1200))
    const peer = await associated(port)
    expect(await peer.send(cEchoRq()).status()).toBe(0)
  })

  test('connections without an association have their own limit, and a full one does not touch those that have one', async () => {
    const { port, told } = await recordingScp({ limits: { beforeNegotiation: 3 } })
    const established = await associated(port)
    const idle = await Promise.all([1, 2, 3].map(() => callScripted(port)))
    const fourth = await callScripted(port)
    expect(await fourth.rest()).toEqual([])
    expect(await established.send(cEchoRq()).status()).toBe(0)
    expect(told).toContain('dropped: too many connections without an association')
    for (const { socket } of idle) socket.destroy()
    await until(async () => (await (await callScripted(port)).send(associateRq()).next())?.type === 2)
  })
})

describe('an association that is rejected', () => {
  const CASES: [string, Rq, number[]][] = [
    ['the called AE title is not ours', { called: 'WRONG' }, [1, 1, 7]],
    ['the calling AE title is not listed', { calling: 'NOBODY' }, [1, 1, 3]],
    ['the application context name is another', { applicationContext: '1.2.3' }, [1, 1, 2]],
    ['the protocol version is another', { protocolVersion: 4 }, [1, 2, 2]],
    ...[1, 2, 6, 7, 1023].map((maximumPduLength): [string, Rq, number[]] => [
      `the peer takes PDUs of ${maximumPduLength} bytes`,
      { maximumPduLength },
      [1, 1, 1],
    ]),
  ]
  test.each(CASES)('%s: A-ASSOCIATE-RJ, and a C-STORE sent after it is not stored', async (_name, rq, expected) => {
    const { port, stored, told } = await recordingScp()
    const peer = await callScripted(port)
    const answer = await peer.send(associateRq(rq), store()).next()
    // What is sent with the request is unexpected; what comes after the answer is ignored.
    expect([RJ, ABORTED]).toContain(answer?.type)
    const second = await callScripted(port)
    const rejection = await second.send(associateRq(rq)).next()
    expect(rejection?.type).toBe(RJ)
    expect([...(rejection?.body.subarray(1) ?? [])]).toEqual(expected)
    expect(await second.send(store(), RELEASE_RQ).rest()).toEqual([])
    expect(stored).toEqual([])
    expect(told.some((line) => line.startsWith('opened'))).toBe(false)
  })

  test('an address that is not the listed host of the AE title is reason 3', async () => {
    const peers = [{ aeTitle: 'MODALITY', host: '10.9.9.9' }]
    const { port, told } = await recordingScp({ admit: { calledAeTitles: [{ aeTitle: 'MCADS' }], peers } })
    const answer = await (await callScripted(port)).send(associateRq()).next()
    expect([answer?.type, ...(answer?.body.subarray(1) ?? [])]).toEqual([RJ, 1, 1, 3])
    expect(told).toEqual([
      "rejected: calling AE title 'MODALITY' from 127.0.0.1 is not listed; 'MODALITY' is listed for 10.9.9.9",
    ])
  })

  test.each([
    ['in all', { associations: 2 }],
    ['per address', { associationsPerAddress: 2 }],
  ])('more associations %s than allowed: rejected transient, local limit exceeded', async (_name, limits) => {
    const { port } = await recordingScp({ limits })
    const first = await associated(port)
    await associated(port)
    const third = await (await callScripted(port)).send(associateRq()).next()
    expect([third?.type, ...(third?.body.subarray(1) ?? [])]).toEqual([RJ, 2, 3, 2])
    await first.send(RELEASE_RQ).rest()
    await associated(port)
  })

  test('while there is no room for new instances: rejected transient, local limit exceeded', async () => {
    let room = false
    const { port } = await recordingScp({ noRoomFor: () => (room ? undefined : 'no room for new instances') })
    const answer = await (await callScripted(port)).send(associateRq()).next()
    expect([answer?.type, ...(answer?.body.subarray(1) ?? [])]).toEqual([RJ, 2, 3, 2])
    room = true
    await associated(port)
  })

  test('a policy that fails aborts that association alone', async () => {
    const { port } = await recordingScp({ admit: () => Promise.reject(new Error('no')) })
    expect(await (await callScripted(port)).send(associateRq()).rest()).toEqual([ABORTED])
    expect(await (await callScripted(port)).send(associateRq()).rest()).toEqual([ABORTED])
  })
})

describe('an association that breaks the protocol', () => {
  const tooLong = Buffer.concat(Array.from({ length: 20 }, () => pData(1, COMMAND, Buffer.alloc(1000))))
  const noField = pData(1, COMMAND | LAST, Buffer.from('0000100102000000010', 'hex'))
  const CASES: [string, Buffer, number][] = [
    ['data on a presentation context that was not accepted', cStoreRq({ contextId: 5 }), 5],
    ['data on a presentation context nobody proposed', cStoreRq({ contextId: 77 }), 5],
    ['a data set without a command', pData(1, LAST, Buffer.from('ab')), 5],
    ['a command inside a data set', Buffer.concat([cStoreRq(), cStoreRq()]), 5],
    [
      'a data set on another context than its command',
      Buffer.concat([cStoreRq(), pData(3, LAST, Buffer.from('ab'))]),
      5,
    ],
    ['an endless command', tooLong, 6],
    [
      'an endless command of empty fragments',
      pdu(4, Buffer.concat(Array.from({ length: 9000 }, () => pdv(1, 1, Buffer.alloc(0))))),
      6,
    ],
    ['a command without Command Field', noField, 6],
    ['a command with a lying length', pData(1, 3, Buffer.from('00000001ffffffff0100', 'hex')), 6],
    ['a request without Message ID', pData(1, 3, command({ field: 1, dataSet: true })), 6],
    ['a response to nothing', response(0x8001, 1, 0), 5],
    ['a second A-ASSOCIATE-RQ', associateRq(), 2],
    ['A-RELEASE-RP unasked', RELEASE_RP, 2],
    ['a P-DATA-TF of 4 GB', pdu(4, Buffer.alloc(0), 0xffffffff), 6],
    ['a PDU of an unknown type', pdu(0x45, Buffer.alloc(4)), 1],
    ['a release inside a message', Buffer.concat([cStoreRq(), RELEASE_RQ]), 5],
  ]
  test.each(CASES)('%s: A-ABORT by the provider with its reason', async (_name, bytes, reason) => {
    const { port, stored, associations } = await recordingScp()
    const contexts = [
      { id: 1, abstractSyntax: DX, transferSyntaxes: [EXPLICIT] },
      { id: 3, abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT] },
      { id: 5, abstractSyntax: CT, transferSyntaxes: [IMPLICIT] },
    ]
    const bystander = await associated(port)
    const peer = await associated(port, { contexts })
    const answer = await peer.send(bytes).next()
    expect(answer?.type).toBe(ABORTED)
    expect(reasonOf(answer?.body)).toEqual([2, reason])
    expect(await peer.send(store()).rest()).toEqual([])
    expect(await bystander.send(cEchoRq()).status()).toBe(0)
    expect(stored).toEqual([])
    expect(associations()).toHaveLength(1)
  })

  test('a C-STORE before the last one was answered: A-ABORT, however asynchronous operations were proposed', async () => {
    const finish = () => new Promise<void>((resolve) => setTimeout(resolve, 200))
    const { port } = await recordingScp({ openSink: () => ({ write: () => {}, finish, discard: async () => {} }) })
    const peer = await associated(port)
    const answer = await peer.send(store(), store()).next()
    expect(answer?.type).toBe(ABORTED)
    expect(await peer.rest()).toEqual([])
  })

  test('a truncated P-DATA-TF and then silence: A-ABORT, and the sink is discarded', async () => {
    const { port, discarded, told } = await recordingScp({ timers: { dimseMs: 200 } })
    const peer = await associated(port)
    expect(await peer.send(cStoreRq(), pData(1, 0, Buffer.alloc(5000)).subarray(0, 2000)).rest()).toEqual([ABORTED])
    expect(discarded).toEqual(['1.2.3.4.5'])
    expect(told).toContain('timed out: 0 instances, a message came too slowly')
  })

  test('a data set that trickles below the minimum rate: A-ABORT', async () => {
    const { port, discarded } = await recordingScp({ timers: { dimseMs: 300, minimumBytesPerSecond: 1000 } })
    const peer = await associated(port)
    peer.send(cStoreRq())
    const trickle = setInterval(() => peer.send(pData(1, 0, Buffer.alloc(2))), 50)
    expect(await peer.rest()).toEqual([ABORTED])
    clearInterval(trickle)
    expect(discarded).toEqual(['1.2.3.4.5'])
  })

  test('an idle association: A-ABORT', async () => {
    const { port, told } = await recordingScp({ timers: { idleMs: 200 } })
    const peer = await associated(port)
    expect(await peer.send(cEchoRq()).status()).toBe(0)
    expect(await peer.rest()).toEqual([ABORTED])
    expect(told).toContain('timed out: 0 instances, idle for too long')
  })

  test.each([
    ['A-ABORT', (socket: import('node:net').Socket) => void socket.write(pdu(7, Buffer.alloc(4)))],
    ['a reset', (socket: import('node:net').Socket) => void socket.resetAndDestroy()],
    ['a close', (socket: import('node:net').Socket) => void socket.end()],
  ])('%s in the middle of a C-STORE discards the sink', async (_name, leave) => {
    const { port, discarded, stored, associations } = await recordingScp()
    const peer = await associated(port)
    peer.send(cStoreRq(), pData(1, 0, Buffer.alloc(5000)))
    await until(() => associations().length === 1)
    await new Promise((resolve) => setTimeout(resolve, 50))
    leave(peer.socket)
    await until(() => discarded.length === 1 && associations().length === 0)
    expect(stored).toEqual([])
  })
})

describe('a C-STORE that cannot be performed', () => {
  type Wrong = { contextId?: number; sopClass?: string; sopInstance?: string }
  test.each<[string, Wrong, number]>([
    ['over the presentation context of Verification', { contextId: 3 }, 0x0122],
    ['of another SOP class than its presentation context', { sopClass: CT }, 0x0122],
    ['with a path for a UID', { sopInstance: '../../etc/x' }, 0x0117],
    ['with a UID of 66 characters', { sopInstance: `1.${'2'.repeat(64)}` }, 0x0117],
    ['with an empty UID', { sopInstance: '' }, 0x0117],
  ])('%s is answered with its status, and the association goes on', async (_name, wrong, status) => {
    const { port, stored } = await recordingScp()
    const peer = await associated(port)
    peer.send(cStoreRq(wrong), pData(wrong.contextId ?? 1, LAST, Buffer.from('ab')))
    expect(await peer.status()).toBe(status)
    expect(stored).toEqual([])
    expect(await peer.send(store()).status()).toBe(0)
    expect(stored).toHaveLength(1)
  })

  test('another operation is answered 0211H, Unrecognized Operation, its identifier passed over', async () => {
    const { port } = await recordingScp()
    const peer = await associated(port)
    const cFind = command({ field: 0x20, messageId: 4, sopClass: DX, dataSet: true })
    peer.send(pData(1, COMMAND | LAST, cFind), pData(1, LAST, Buffer.alloc(5000)))
    expect(await peer.status()).toBe(0x0211)
    expect(await peer.send(store()).status()).toBe(0)
  })

  test('a C-CANCEL is passed over', async () => {
    const { port } = await recordingScp()
    const peer = await associated(port)
    peer.send(pData(1, COMMAND | LAST, command({ field: 0xfff })))
    expect(await peer.send(cEchoRq()).status()).toBe(0)
  })

  const full = new Failure('DISK_FULL', 'no space left')
  test.each([
    [
      'cannot be opened',
      () => {
        throw full
      },
      async () => {},
      async () => {},
    ],
    [
      'fails while writing',
      () => {},
      () => {
        throw full
      },
      async () => {},
    ],
    ['fails while writing, later', () => {}, () => Promise.reject(full), async () => {}],
    ['fails at the end', () => {}, async () => {}, () => Promise.reject(full)],
  ])('a sink that %s: A700H when all has come, and the association goes on', async (_name, open, write, finish) => {
    let fails = true
    const { port, told } = await recordingScp({
      openSink() {
        const [begin, put, end] = fails ? [open, write, finish] : [() => {}, async () => {}, async () => {}]
        begin()
        return { write: put, finish: end, discard: async () => {} }
      },
    })
    const peer = await associated(port)
    peer.send(cStoreRq(), pData(1, 0, Buffer.alloc(10_000)), pData(1, 0, Buffer.alloc(10_000)))
    peer.send(pData(1, LAST, Buffer.from('ab')))
    expect(await peer.status()).toBe(0xa700)
    expect(told).toContain('refused: DISK_FULL 1.2.3.4.5')
    fails = false
    expect(await peer.send(store()).status()).toBe(0)
  })

  test('a sink that fails in an unforeseen way: 0110H, and no other association notices', async () => {
    const { port } = await recordingScp({
      openSink: () => ({
        write: () => {},
        finish: () => Promise.reject(new TypeError('a bug')),
        discard: () => Promise.reject(new TypeError('another')),
      }),
    })
    const bystander = await associated(port)
    const peer = await associated(port)
    expect(await peer.send(store()).status()).toBe(0x0110)
    expect(await bystander.send(cEchoRq()).status()).toBe(0)
  })

  test('a data set larger than allowed: A700H at its end; one without end: A-ABORT', async () => {
    const { port, discarded, stored } = await recordingScp({ limits: { instanceBytes: 10_000 } })
    const peer = await associated(port)
    peer.send(cStoreRq(), pData(1, 0, Buffer.alloc(9000)), pData(1, LAST, Buffer.alloc(9000)))
    expect(await peer.status()).toBe(0xa700)
    expect(discarded).toHaveLength(1)
    peer.send(cStoreRq(), pData(1, 0, Buffer.alloc(15_000)), pData(1, 0, Buffer.alloc(15_000)))
    expect(await peer.rest()).toEqual([ABORTED])
    expect(stored).toEqual([])
  })
})
