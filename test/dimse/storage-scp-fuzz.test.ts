import fc from 'fast-check'
import { expect, test } from 'vitest'
import { recordingScp, until } from '../support/recording-scp.ts'
import {
  ABORT,
  associated,
  associateRq,
  callScripted,
  cEchoRq,
  cStoreRq,
  LAST,
  pData,
  pdu,
  RELEASE_RP,
  RELEASE_RQ,
  type ScriptedPeer,
} from '../support/scripted-peer.ts'

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array))
const valid = fc.constantFrom(associateRq(), cEchoRq(), cStoreRq(), pData(1, LAST, Buffer.alloc(300)), RELEASE_RQ)

/** A valid PDU with some bytes of it changed. */
const mutated = fc
  .tuple(valid, fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 6 }))
  .map(([whole, changes]) => {
    const copy = Buffer.from(whole)
    for (const [at, value] of changes) copy.writeUInt8(value, at % copy.length)
    return copy
  })

const anything = fc.oneof(
  valid,
  mutated,
  fc.constantFrom(RELEASE_RP, ABORT),
  bytes(200),
  fc.tuple(fc.nat(9), bytes(100), fc.nat(200)).map(([type, body, length]) => pdu(type, body, length)),
  bytes(100).map((body) => pdu(4, body)),
)
const conversation = fc.record({ greets: fc.boolean(), says: fc.array(anything, { minLength: 1, maxLength: 6 }) })

/** Says it all and leaves; however it is answered, the other side may not hang on to it. */
async function speak(port: number, { greets, says }: { greets: boolean; says: Buffer[] }): Promise<void> {
  const peer: ScriptedPeer = greets ? await associated(port) : await callScripted(port)
  peer.send(...says)
  await new Promise((resolve) => setTimeout(resolve, 2))
  peer.socket.resetAndDestroy()
}

test('whatever a peer sends, nothing crashes, nothing leaks, and the association of another peer goes on', async () => {
  const scp = await recordingScp({ timers: { artimMs: 1000 } })
  const bystander = await associated(scp.port)
  const unhandled: unknown[] = []
  const keep = (error: unknown) => void unhandled.push(error)
  process.on('unhandledRejection', keep).on('uncaughtException', keep)
  await fc.assert(
    fc.asyncProperty(fc.array(conversation, { minLength: 1, maxLength: 4 }), async (conversations) => {
      await Promise.all(conversations.map((each) => speak(scp.port, each)))
      expect(await bystander.send(cEchoRq()).status()).toBe(0)
    }),
    { numRuns: 200, endOnFailure: true },
  )
  await until(() => scp.associations().length === 1, 10_000)
  process.off('unhandledRejection', keep).off('uncaughtException', keep)
  expect(unhandled).toEqual([])
  expect(scp.told.filter((line) => line.includes('internal error'))).toEqual([])
})
