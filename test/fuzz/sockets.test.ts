import fc from 'fast-check'
import { expect, test } from 'vitest'
import { recordingScp, until } from '../support/recording-scp.ts'
import { ABORT, associated, callScripted, cEchoRq, RELEASE_RP, type ScriptedPeer } from '../support/scripted-peer.ts'
import { fuzz } from './cases.ts'
import { anyPdu } from './wire.ts'

const conversation = fc.record({
  greets: fc.boolean(),
  says: fc.array(fc.oneof(anyPdu, fc.constantFrom(RELEASE_RP, ABORT)), { minLength: 1, maxLength: 6 }),
})

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
  await fuzz(
    'conversations of one to four peers',
    4,
    fc.array(conversation, { minLength: 1, maxLength: 4 }),
    async (all) => {
      await Promise.all(all.map((each) => speak(scp.port, each)))
      expect(await bystander.send(cEchoRq()).status()).toBe(0)
      return all.some(({ greets }) => greets)
    },
  )
  await until(() => scp.associations().length === 1, 10_000)
  process.off('unhandledRejection', keep).off('uncaughtException', keep)
  expect(unhandled).toEqual([])
  expect(scp.told.filter((line) => line.includes('internal error'))).toEqual([])
}, 700_000)
