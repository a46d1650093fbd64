import type { Events } from '../observe/events.ts'
import type { Settled } from './settle-offer.ts'

type Told = { readonly studyInstanceUid: string; readonly destination: string; readonly durationMs: number }

/** One event for all that went the same way. */
export function tellOffers(events: Events, settled: readonly Settled[], told: Told): void {
  const { studyInstanceUid, destination, durationMs } = told
  const sent = settled.flatMap((each) => (each.way === 'sent' ? [each] : []))
  const late = sent.filter((each) => each.late).length
  if (sent.length > 0) events.delivered(destination, studyInstanceUid, sent.length, durationMs, late)
  const ways = new Map(settled.map((each) => [wayOf(each), each]))
  for (const [way, each] of ways) {
    const count = settled.filter((other) => wayOf(other) === way).length
    if (each.way === 'deferred')
      events.deliveryDeferred(destination, studyInstanceUid, count, each.failure, each.delayMs)
    if (each.way === 'refused') events.deliveryRefused(destination, studyInstanceUid, count, each.failure)
    if (each.way === 'held') events.deliveryHeld(destination, studyInstanceUid, count, each.failure)
  }
}

const wayOf = ({ way, failure }: Settled) => `${way} ${failure?.code}`
