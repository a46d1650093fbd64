import type { Taken } from '../db/delivery-confirm.ts'
import type { Db } from '../db/schema.ts'
import type { OriginServer } from '../dicomweb/origin-server.ts'
import { identifyStudy, probeServer, searchInstances } from '../dicomweb/search-instances.ts'
import { asFailure, Failure } from '../failure.ts'
import type { Confirmation, Courier } from './courier.ts'
import { roundTrip } from './round-trip.ts'
import { storeOffersByWeb } from './store-offers-by-web.ts'

export type DicomwebDestination = {
  readonly db: Db
  /** Its name. */
  readonly destination: string
  readonly server: OriginServer
  readonly instancesPerRequest: number
  /** By what it is asked whether it kept what it took. */
  readonly confirm: 'query' | 'none'
  /** What it did not take on is tried again after this time. */
  readonly forgetMs: number
}

/** Stores results at a DICOMweb origin server by STOW-RS, and asks for them by QIDO-RS. */
export const dicomwebCourier = (to: DicomwebDestination): Courier => ({
  patienceMs: 10 * to.server.timeoutMs,
  offer: (offers, onOutcome) => storeOffersByWeb(to, offers, onOutcome),
  ...(to.confirm === 'query' && { confirm: (taken) => confirm(to.server, taken) }),
  identify: (studyInstanceUid) => identifyStudy(to.server, studyInstanceUid),
  probe: () => roundTrip(() => probeServer(to.server)),
})

/** One search for each series. */
async function confirm(server: OriginServer, taken: readonly Taken[]): Promise<ReadonlyMap<string, Confirmation>> {
  const confirmations = new Map<string, Confirmation>()
  for (const series of new Set(taken.map(({ seriesInstanceUid }) => seriesInstanceUid))) {
    const members = taken.filter(({ seriesInstanceUid }) => seriesInstanceUid === series)
    const held = await heldOf(server, members)
    for (const { deliveryId, sopInstanceUid } of members)
      confirmations.set(
        deliveryId,
        held instanceof Failure ? { presence: 'unknown', failure: held } : presence(held.has(sopInstanceUid)),
      )
  }
  return confirmations
}

async function heldOf(server: OriginServer, [member]: readonly Taken[]): Promise<ReadonlySet<string> | Failure> {
  if (!member) return new Set()
  return searchInstances(server, member.studyInstanceUid, member.seriesInstanceUid).catch((error) =>
    asFailure(error, 'INTERNAL'),
  )
}

const presence = (held: boolean): Confirmation =>
  held
    ? { presence: 'kept' }
    : { presence: 'missing', failure: new Failure('NOT_KEPT', 'the destination does not find it') }
