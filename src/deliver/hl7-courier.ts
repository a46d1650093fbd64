import { readFile } from 'node:fs/promises'
import { asFailure, Failure } from '../failure.ts'
import { acknowledgementFailure, parseAcknowledgement } from '../hl7/acknowledgement.ts'
import { exchange } from '../hl7/exchange.ts'
import { controlIdOf } from '../hl7/oru.ts'
import { connectTo, type Line } from '../tls/connect.ts'
import type { Courier, Outcome } from './courier.ts'
import { roundTrip } from './round-trip.ts'

/** Sends messages over MLLP, each until its acknowledgement. */
export const hl7Courier = (receiver: Line): Courier => ({
  patienceMs: 3 * receiver.timeoutMs,
  async offer(offers, onOutcome) {
    let down: Failure | undefined
    for (const offer of offers) {
      const outcome: Outcome = down ? { failure: down, unsent: true } : await send(receiver, offer)
      if (outcome.failure && GONE.includes(outcome.failure.code)) down = outcome.failure
      await onOutcome(offer, outcome)
    }
  },
  probe: () => roundTrip(async () => (await connectTo(receiver)).destroy()),
})

/** Told of the receiver, not of one message: the others need not wait for it as well. */
const GONE = ['PEER_UNREACHABLE', 'PEER_SILENT', 'TLS_FAILED']

async function send(
  receiver: Line,
  { path, sopInstanceUid }: { path: string; sopInstanceUid: string },
): Promise<Outcome> {
  try {
    const message = await readFile(path).catch((cause: unknown) => {
      throw new Failure('FILE_UNREADABLE', `a message cannot be read: ${asFailure(cause, 'INTERNAL').message}`, {
        cause,
      })
    })
    const acknowledgement = parseAcknowledgement(await exchange(receiver, message))
    const { code, words } = acknowledgement
    const failure = acknowledgementFailure(acknowledgement, controlIdOf(sopInstanceUid))
    return { failure, comment: words === '' ? code : `${code}: ${words}` }
  } catch (error) {
    return { failure: asFailure(error, 'INTERNAL') }
  }
}
