import { claimDeliveries, type DeliveryClaim, extendDeliveryLease } from '../db/delivery.ts'
import { findAlternatives } from '../db/result.ts'
import type { Db } from '../db/schema.ts'
import { asFailure } from '../failure.ts'
import type { InstanceFiles } from '../files/instance-files.ts'
import type { Events } from '../observe/events.ts'
import type { StudyId } from '../study/identifiers.ts'
import type { Breaker } from './breaker.ts'
import { checkIdentity } from './check-identity.ts'
import type { Courier, Offer, Outcome } from './courier.ts'
import { type OfferSettings, type Settled, settleOffer } from './settle-offer.ts'
import { tellOffers } from './tell-offers.ts'

/** Who takes results to a destination, and how the destination fares. */
export type DestinationDeps = { name: string; courier: Courier; breaker: Breaker; checksIdentity: boolean }
export type Deps = { db: Db; files: InstanceFiles; events: Events; settings: OfferSettings }

/** Longer than the destination may take for one instance; renewed with each. */
const leaseMs = ({ patienceMs }: Courier) => patienceMs + 5000

/** Offers a destination what it is owed of a study. What it took is not offered again. */
export async function deliverResult(deps: Deps, destination: DestinationDeps, studyId: StudyId): Promise<void> {
  const { db, events, settings } = deps
  const { name, courier, breaker } = destination
  const claims = await claimDeliveries(db, studyId, name, leaseMs(courier))
  const [first] = claims
  if (!first) return
  const startedAt = performance.now()
  const owed = new Map(claims.map((claim) => [claim.deliveryId, claim]))
  const settled: Settled[] = []
  // One for all, so that what fails together is offered together again.
  const chance = Math.random()
  const take = async (claim: DeliveryClaim, outcome: Outcome) => {
    owed.delete(claim.deliveryId)
    settled.push(
      await settleOffer(db, claim, outcome, { ...settings, chance, confirms: courier.confirm !== undefined }),
    )
    await extendDeliveryLease(db, [...owed.keys()], leaseMs(courier))
  }
  let unsent = true
  try {
    const held = destination.checksIdentity ? await checkIdentity(deps, courier, claims) : undefined
    if (held) for (const claim of claims) await take(claim, { failure: held })
    else {
      const offers = await offersOf(deps, claims)
      unsent = false
      await courier.offer(offers, take)
    }
  } catch (error) {
    for (const claim of [...owed.values()]) await take(claim, { failure: asFailure(error, 'INTERNAL'), unsent })
  }
  breaker.observe(settled)
  const { studyInstanceUid } = first
  tellOffers(events, settled, { studyInstanceUid, destination: name, durationMs: performance.now() - startedAt })
}

/** Each with its file, and what may be sent in its stead. */
async function offersOf({ db, files }: Deps, claims: readonly DeliveryClaim[]): Promise<Offer[]> {
  const all = await findAlternatives(
    db,
    claims.map(({ sopInstanceUid }) => sopInstanceUid),
  )
  return claims.map((claim) => ({
    ...claim,
    path: files.resultPath(claim.file),
    alternatives: all
      .filter(({ alternativeOf }) => alternativeOf === claim.sopInstanceUid)
      .map((each) => ({ ...each, path: files.resultPath(each.file) })),
  }))
}
