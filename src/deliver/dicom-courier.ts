import { echo } from '../dimse/echo.ts'
import type { Peer } from '../dimse/peer.ts'
import { statusFailure } from '../dimse/status.ts'
import { type StoreOutcome, storeInstances } from '../dimse/storage-scu.ts'
import { Failure } from '../failure.ts'
import type { Courier, Outcome } from './courier.ts'

/** Stores results at a peer with C-STORE. */
export const dicomCourier = (peer: Peer): Courier => ({
  patienceMs: 3 * peer.timeoutMs,
  offer: (offers, onOutcome) => storeInstances(peer, offers, (offer, outcome) => onOutcome(offer, outcomeOf(outcome))),
  probe: () => echo(peer),
})

const outcomeOf = (outcome: StoreOutcome): Outcome =>
  outcome instanceof Failure ? { failure: outcome } : { ...outcome, failure: statusFailure(outcome.status) }
