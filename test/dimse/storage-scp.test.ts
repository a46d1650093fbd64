import { readdirSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { echo } from '../../src/dimse/echo.ts'
import { openStorageScp } from '../../src/dimse/storage-scp.ts'
import { Failure } from '../../src/failure.ts'
import { dcmtk } from '../support/dcmtk.ts'
import { corpus, describeWith } from '../support/needs.ts'
import { recordingScp, until } from '../support/recording-scp.ts'
import {
  associated,
  associateRq,
  callScripted,
  cEchoRq,
  cStoreRq,
  DX,
  EXPLICIT,
  IMPLICIT,
  item,
  LAST,
  pData,
  RELEASE_RQ,
  RELEASED,
} from '../support/scripted-peer.ts'

const peerAt = (port: number) => ({
  host: '127.0.0.1',
  port,
  calledAeTitle: 'MCADS',
  callingAeTitle: 'SENDER',
  timeoutMs: 5000,
})

test('a data set is handed on byte for byte, and Success comes after the sink has finished', async () => {
  let finished = false
  const { port, told } = await recordingScp({
    openSink: () => ({
      write: () => {},
      finish: () =>
        new Promise((resolve) =>
          setTimeout(() => {
            finished = true
            resolve()
          }, 100),
        ),
      discard: async () => {},
    }),
  })
  const peer = await associated(port)
  peer.send(cStoreRq(), pData(1, 0, Buffer.alloc(1000, 1)), pData(1, LAST, Buffer.alloc(10, 2)))
  expect(await peer.status()).toBe(0x0000)
  expect(finished).toBe(true)
  peer.send(RELEASE_RQ)
  expect(await peer.rest()).toEqual([RELEASED])
  expect(told).toEqual(['opened: MODALITY', 'released: 1 instances'])
})

test('the sink learns both AE titles, the address, the SOP instance and the accepted transfer syntax', async () => {
  const { port, stored } = await recordingScp()
  const contexts = [{ id: 7, abstractSyntax: DX, transferSyntaxes: [IMPLICIT] }]
  const peer = await associated(port, { contexts })
  peer.send(cStoreRq({ contextId: 7, messageId: 9 }), pData(7, 0, Buffer.from('ab')), pData(7, LAST, Buffer.from('cd')))
  expect(await peer.status()).toBe(0)
  expect(stored[0]?.dataSet.toString()).toBe('abcd')
  expect(stored[0]?.incoming).toMatchObject({
    callingAeTitle: 'MODALITY',
    calledAeTitle: 'MCADS',
    remoteAddress: '127.0.0.1',
    sopClassUid: DX,
    sopInstanceUid: '1.2.3.4.5',
    transferSyntaxUid: IMPLICIT,
    messageId: 9,
  })
})

test('many messages follow one another on one association, C-ECHO between C-STORE', async () => {
  const scp = await recordingScp()
  const { port, stored } = scp
  const peer = await associated(port)
  for (let messageId = 1; messageId <= 300; messageId++) {
    peer.send(cEchoRq(messageId))
    expect(await peer.status()).toBe(0)
  }
  for (let messageId = 1; messageId <= 20; messageId++) {
    peer.send(cStoreRq({ messageId, sopInstance: `1.2.${messageId}` }), pData(1, LAST, Buffer.from([messageId, 0])))
    expect(await peer.status()).toBe(0)
  }
  expect(stored.map(({ dataSet }) => dataSet[0])).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
  expect(scp.associations()).toMatchObject([{ callingAeTitle: 'MODALITY', instances: 20 }])
})

test('contexts proposed in descending order are accepted, ours listed without roles or an asynchronous window', async () => {
  const { port } = await recordingScp()
  const contexts = [5, 3, 1].map((id) => ({ id, abstractSyntax: DX, transferSyntaxes: [EXPLICIT] }))
  const user = [
    item(0x53, Buffer.from([0, 5, 0, 5])),
    item(0x54, Buffer.concat([Buffer.from([0, DX.length]), Buffer.from(DX), Buffer.from([0, 1])])),
  ]
  const peer = await callScripted(port)
  const answer = await peer.send(associateRq({ contexts, user })).next()
  const body = answer?.body ?? Buffer.alloc(0)
  expect(answer?.type).toBe(2)
  const user50 = body.subarray(body.lastIndexOf(Buffer.from([0x50, 0x00])))
  expect(user50.includes(Buffer.from([0x53, 0x00, 0x00, 0x04]))).toBe(false)
  expect(user50.includes(Buffer.from(DX))).toBe(false)
  for (const [messageId, contextId] of [1, 5, 3].entries()) {
    peer.send(cStoreRq({ contextId, messageId }), pData(contextId, LAST, Buffer.from('ab')))
    expect(await peer.status()).toBe(0)
  }
})

test('a peer that sends without a pause is held back while the sink is slow', async () => {
  let unwritten = 0
  let most = 0
  const { port } = await recordingScp({
    openSink: () => ({
      write(chunk) {
        unwritten += chunk.length
        most = Math.max(most, unwritten)
        if (unwritten < 200_000) return
        return new Promise((resolve) =>
          setTimeout(() => {
            unwritten = 0
            resolve()
          }, 20),
        )
      },
      finish: async () => {},
      discard: async () => {},
    }),
  })
  const peer = await associated(port)
  peer.send(cStoreRq())
  for (let i = 0; i < 100; i++) peer.send(pData(1, i === 99 ? LAST : 0, Buffer.alloc(100_000)))
  expect(await peer.status()).toBe(0)
  expect(most).toBeLessThan(600_000)
})

test('closing no longer listens, answers what is being stored, aborts the associations and frees the port', async () => {
  const scp = await recordingScp({
    openSink: () => ({
      write: () => {},
      finish: () => new Promise((resolve) => setTimeout(resolve, 200)),
      discard: async () => {},
    }),
  })
  expect(scp.listening).toBe(true)
  const idle = await associated(scp.port)
  const storing = await associated(scp.port)
  storing.send(cStoreRq(), pData(1, LAST, Buffer.from('ab')))
  await new Promise((resolve) => setTimeout(resolve, 50))
  const closing = scp[Symbol.asyncDispose]()
  expect(scp.listening).toBe(false)
  expect(await storing.status()).toBe(0)
  expect(await storing.rest()).toEqual([7])
  expect(await idle.rest()).toEqual([7])
  await closing
  await expect(callScripted(scp.port)).rejects.toThrow('ECONNREFUSED')
  expect(scp.associations()).toEqual([])
})

test('a release asked for while an instance is being stored is answered after its response', async () => {
  const finish = () => new Promise<void>((resolve) => setTimeout(resolve, 100))
  const { port, told } = await recordingScp({ openSink: () => ({ write: () => {}, finish, discard: async () => {} }) })
  const peer = await associated(port)
  peer.send(cStoreRq(), pData(1, LAST, Buffer.from('ab')), RELEASE_RQ)
  expect(await peer.status()).toBe(0)
  expect(await peer.rest()).toEqual([RELEASED])
  expect(told).toContain('released: 1 instances')
})

test('a port that is taken is PORT_UNAVAILABLE', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  await expect(recordingScp({ port })).rejects.toMatchObject({ code: 'PORT_UNAVAILABLE' })
  await new Promise((resolve) => server.close(resolve))
})

test('our own C-ECHO is answered', async () => {
  const { port, told } = await recordingScp()
  const { roundTripMs } = await echo(peerAt(port))
  expect(roundTripMs).toBeGreaterThan(0)
  await until(() => told.length === 2)
  expect(told).toEqual(['opened: SENDER', 'released: 0 instances'])
})

test('an SCP of other abstract syntaxes with an open policy takes what it lists', async () => {
  const uids: string[] = []
  await using scp = await openStorageScp({
    ...{
      host: '127.0.0.1',
      port: 0,
      abstractSyntaxes: ['1.2.840.10008.5.1.4.1.1.88.33'],
      transferSyntaxes: [EXPLICIT],
    },
    admit: () => undefined,
    openSink: ({ sopInstanceUid }) => ({
      write: () => {},
      finish: async () => void uids.push(sopInstanceUid),
      discard: async () => {},
    }),
    events: {
      ...{ associationOpened: () => {}, associationClosed: () => {}, associationRejected: () => {} },
      ...{ connectionDropped: () => {}, instanceRefused: () => {} },
    },
  })
  const sopClass = '1.2.840.10008.5.1.4.1.1.88.33'
  const contexts = [{ id: 1, abstractSyntax: sopClass, transferSyntaxes: [EXPLICIT] }]
  const peer = await associated(scp.port, { contexts, called: 'ANY', calling: 'ONE' })
  peer.send(cStoreRq({ sopClass }), pData(1, LAST, Buffer.from('ab')))
  expect(await peer.status()).toBe(0)
  expect(uids).toEqual(['1.2.3.4.5'])
})

const openSockets = () =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')
    } catch {
      return false
    }
  }).length

test('two hundred associations leave no socket open, even when the peers keep their sides open', async () => {
  const { port } = await recordingScp()
  const before = openSockets()
  for (let i = 0; i < 200; i++) await (await associated(port)).send(RELEASE_RQ).rest()
  await until(() => openSockets() <= before + 200)
})

describeWith(['echoscu', 'storescu', 'corpus'], 'DCMTK as SCU', () => {
  test('echoscu is answered, and rejected under a wrong AE title', async () => {
    const { port, told } = await recordingScp()
    expect((await dcmtk('echoscu', '-v', '-aec', 'MCADS', '127.0.0.1', String(port))).output).toContain('Success')
    const wrong = await dcmtk('echoscu', '-aec', 'WRONG', '127.0.0.1', String(port))
    expect(wrong.output).toContain('Called AE Title Not Recognized')
    const unlisted = await dcmtk('echoscu', '-aet', 'NOBODY', '-aec', 'MCADS', '127.0.0.1', String(port))
    expect(unlisted.output).toContain('Calling AE Title Not Recognized')
    expect(told.filter((line) => line.startsWith('rejected'))).toHaveLength(2)
  })

  test('storescu reads our Error Comment and status', async () => {
    const { port } = await recordingScp({
      openSink: () => {
        throw new Failure('DISK_FULL', 'no space left')
      },
    })
    const file = corpus('dicom/chest/AIHCND_C2_Starte__test1.dcm')
    const { output } = await dcmtk('storescu', '-d', '-aec', 'MCADS', '127.0.0.1', String(port), file)
    expect(output).toContain('0xa700')
    expect(output).toContain('No space left')
  })
})
