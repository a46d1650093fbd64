import type { OriginServer } from '../dicomweb/origin-server.ts'
import { probeServer } from '../dicomweb/search-instances.ts'
import { storeByWeb } from '../dicomweb/store-instances.ts'
import { statusFailure } from '../dimse/status.ts'
import { Failure } from '../failure.ts'
import type { Courier } from './courier.ts'

/** Stores results at a DICOMweb origin server by STOW-RS, several in a request. */
export const dicomwebCourier = (server: OriginServer, atOnce: number): Courier => ({
  patienceMs: 10 * server.timeoutMs,
  offer: (offers, onOutcome) =>
    storeByWeb(server, offers, {
      atOnce,
      // Failure and Warning Reasons are C-STORE statuses, PS3.18 Annex I.
      onResult: (offer, outcome) =>
        onOutcome(
          offer,
          outcome instanceof Failure ? { failure: outcome } : { ...outcome, failure: statusFailure(outcome.status) },
        ),
    }),
  async probe() {
    const startedAt = performance.now()
    await probeServer(server)
    return { roundTripMs: performance.now() - startedAt }
  },
})
