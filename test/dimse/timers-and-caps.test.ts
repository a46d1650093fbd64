import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Limits, StorageScpOptions, Timers } from '../../src/dimse/scp-options.ts'
import { type RecordingScp, recordingScp, until } from '../support/recording-scp.ts'
import {
  associated,
  associateRq,
  COMMAND,
  callScripted,
  cEchoRq,
  command,
  cStoreRq,
  DX,
  LAST,
  pData,
  pdu,
  RELEASE_RQ,
  RJ,
  type ScriptedPeer,
} from '../support/scripted-peer.ts'

/** For longer than the timers of these tests and the moment in which a peer may close. */
const never = () => sleep(1500)
const hanging = (where: 'write' | 'finish'): Partial<StorageScpOptions> => ({
  openSink: () => ({ write: () => undefined, finish: async () => {}, discard: async () => {}, [where]: never }),
})
const short = (timers: Partial<Timers>, more: Partial<StorageScpOptions> = {}) => ({ timers, ...more })

type Case = [string, Partial<StorageScpOptions>, (port: number) => Promise<ScriptedPeer>, string]

const CASES: Case[] = [
  ['says nothing at all', short({ artimMs: 100 }), callScripted, 'dropped: no A-ASSOCIATE-RQ came in time'],
  [
    'breaks off within the association request',
    short({ artimMs: 100 }),
    async (port) => (await callScripted(port)).send(associateRq().subarray(0, 50)),
    'dropped: no A-ASSOCIATE-RQ came in time',
  ],
  [
    'says nothing once it is associated',
    short({ idleMs: 100 }),
    associated,
    'timed out: 0 instances, idle for too long',
  ],
  [
    'breaks off within the header of a PDU',
    short({ idleMs: 100 }),
    async (port) => (await associated(port)).send(Buffer.from([4, 0, 0])),
    'timed out: 0 instances, idle for too long',
  ],
  [
    'breaks off within a command',
    short({ dimseMs: 100 }),
    async (port) => (await associated(port)).send(pData(1, COMMAND, command({ field: 1, messageId: 1 }))),
    'timed out: 0 instances, a message came too slowly',
  ],
  [
    'breaks off within a data set',
    short({ dimseMs: 100 }),
    async (port) => (await associated(port)).send(cStoreRq(), pData(1, 0, Buffer.alloc(100))),
    'timed out: 0 instances, a message came too slowly',
  ],
  [
    'is rejected',
    {},
    async (port) => (await callScripted(port)).send(associateRq({ called: 'WRONG' })),
    "rejected: called AE title 'WRONG' is not ours; 'MODALITY' from 127.0.0.1 should call 'MCADS'",
  ],
  ['releases', {}, async (port) => (await associated(port)).send(RELEASE_RQ), 'released: 0 instances'],
  [
    'breaks the protocol',
    {},
    async (port) => (await associated(port)).send(pdu(0x45, Buffer.alloc(4))),
    'aborted: 0 instances, not a DICOM PDU',
  ],
  [
    'waits for storage that does not take its data',
    short({ answerMs: 150 }, hanging('write')),
    async (port) => (await associated(port)).send(cStoreRq(), pData(1, 0, Buffer.alloc(5000))),
    'timed out: 0 instances, storage did not get done in time',
  ],
  [
    'waits for storage that does not finish',
    short({ answerMs: 150 }, hanging('finish')),
    async (port) => (await associated(port)).send(cStoreRq(), pData(1, LAST, Buffer.alloc(50))),
    'timed out: 0 instances, storage did not get done in time',
  ],
  [
    'wants to release while storage does not finish',
    short({ answerMs: 150 }, hanging('finish')),
    async (port) => (await associated(port)).send(cStoreRq(), pData(1, LAST, Buffer.alloc(50)), RELEASE_RQ),
    'timed out: 0 instances, storage did not get done in time',
  ],
]

describe('the socket of a peer that keeps its side open is destroyed, and the log says why, when it', () => {
  test.each(CASES)('%s', async (_name, options, act, words) => {
    const scp = await recordingScp(options)
    const peer = await act(scp.port)
    await until(() => scp.told.includes(words))
    await peer.untilReset()
    await until(() => scp.associations().length === 0)
  })
})

test('a peer that asks on and on and reads no answer is cut, and memory does not grow with it', async () => {
  const scp = await recordingScp({ timers: { idleMs: 300 } })
  const peer = await associated(scp.port)
  peer.socket.pause()
  const flood = setInterval(() => peer.send(...Array.from({ length: 500 }, (_, at) => cEchoRq(at))), 5)
  await until(() => scp.told.length > 1, 10_000)
  clearInterval(flood)
  expect(scp.told[1]).toMatch(/^(?:timed out|aborted): 0 instances, (?:idle for too long|a message before the last)/)
  expect(await (await associated(scp.port)).send(cEchoRq()).status()).toBe(0)
})

describe('a cap', () => {
  const rejection = async (scp: RecordingScp, calling: string) => {
    const answer = await (await callScripted(scp.port)).send(associateRq({ calling })).next()
    return answer?.type === RJ ? [...answer.body.subarray(1)] : answer?.type
  }

  test.each<[string, Partial<Limits>, string, string]>([
    ['in all', { associations: 2 }, 'SENDER', '2 associations are open'],
    ['from one address', { associationsPerAddress: 2 }, 'SENDER', '2 associations are open from 127.0.0.1'],
    ['of one AE title', { associationsPerAeTitle: 2 }, 'MODALITY', "2 associations of 'MODALITY' are open"],
  ])(
    'on associations %s rejects what is one too many, for now, and says which it was',
    async (_name, limits, calling, words) => {
      const scp = await recordingScp({ limits })
      const [first] = [await associated(scp.port), await associated(scp.port)]
      expect(await rejection(scp, calling)).toEqual([2, 3, 2])
      expect(scp.told).toContain(`rejected: ${words}`)
      first.send(RELEASE_RQ)
      await until(() => scp.told.includes('released: 0 instances'))
      expect(await rejection(scp, calling)).toBe(2)
    },
  )

  test('of one AE title leaves room for the others', async () => {
    const scp = await recordingScp({ limits: { associationsPerAeTitle: 1 } })
    await associated(scp.port)
    expect(await rejection(scp, 'SENDER')).toBe(2)
  })

  test('on connections before an association counts for each address by itself', async () => {
    const scp = await recordingScp({ limits: { beforeNegotiationPerAddress: 2 } })
    await Promise.all([callScripted(scp.port), callScripted(scp.port)])
    const third = await callScripted(scp.port)
    expect(await third.rest()).toEqual([])
    await third.untilReset()
    expect(scp.told).toEqual(['dropped: too many connections without an association'])
  })

  test('on the command, its elements and the data set ends in a destroyed socket', async () => {
    const scp = await recordingScp({ limits: { instanceBytes: 1000 } })
    const long = pData(1, COMMAND, Buffer.alloc(9000))
    const nested = pData(1, COMMAND | LAST, Buffer.from('00000001ffffffff0100', 'hex'))
    const endless = [cStoreRq(), pData(1, 0, Buffer.alloc(3000))]
    const contexts = [{ id: 1, abstractSyntax: DX, transferSyntaxes: ['1.2.840.10008.1.2'] }]
    const send = async (bytes: Buffer[]) => {
      const peer = await associated(scp.port, { contexts })
      await peer.send(...bytes).untilReset()
    }
    await Promise.all([[long], [nested], endless].map(send))
    expect(scp.told.filter((line) => line.startsWith('aborted')).sort()).toEqual([
      'aborted: 0 instances, a command cannot be parsed',
      'aborted: 0 instances, a command is too long',
      'aborted: 0 instances, a data set without end',
    ])
  })
})
