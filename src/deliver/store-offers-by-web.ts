import { findRefusedSopClasses, learnSopClasses } from '../db/destination-sop-class.ts'
import type { Result } from '../db/schema.ts'
import { storeByWeb, type WebOutcome } from '../dicomweb/store-instances.ts'
import { Status, statusFailure } from '../dimse/status.ts'
import { Failure } from '../failure.ts'
import type { Offer, Outcome } from './courier.ts'
import type { DicomwebDestination } from './dicomweb-courier.ts'

type OnOutcome = (offer: Offer, outcome: Outcome) => Promise<void>
type Candidate = Result & { readonly path: string }
/** An offer as it is sent, and what may be sent in its stead. */
type Sending = Candidate & { readonly offer: Offer; readonly rest: readonly Candidate[] }

/** STOW-RS of each offer in the best SOP class that the server takes, by what it answered and what was learned before. */
export async function storeOffersByWeb(
  to: DicomwebDestination,
  offers: readonly Offer[],
  onOutcome: OnOutcome,
): Promise<void> {
  const refused = await findRefusedSopClasses(to.db, to.destination, to.forgetMs)
  let sending = offers.flatMap((offer) => {
    const all: Candidate[] = [offer, ...offer.alternatives]
    const left = all.filter(({ sopClassUid }) => !refused.has(sopClassUid))
    return sendingOf(offer, left.length > 0 ? left : all)
  })
  while (sending.length > 0) {
    const again: Sending[] = []
    const onResult = async (each: Sending, outcome: WebOutcome) => {
      await learn(to, each, outcome)
      const next = isClassRefused(outcome) ? sendingOf(each.offer, each.rest) : []
      again.push(...next)
      if (next.length === 0) await onOutcome(each.offer, outcomeOf(each, outcome))
    }
    await storeByWeb(to.server, sending, { atOnce: to.instancesPerRequest, onResult })
    sending = again
  }
}

const sendingOf = (offer: Offer, [best, ...rest]: readonly Candidate[]): Sending[] =>
  best ? [{ ...best, offer, rest }] : []

const isClassRefused = (outcome: WebOutcome): boolean =>
  !(outcome instanceof Failure) && outcome.status === Status.SopClassNotSupported

/** Keeps which of several classes the server takes. */
async function learn({ db, destination }: DicomwebDestination, each: Sending, outcome: WebOutcome): Promise<void> {
  if (outcome instanceof Failure || each.offer.alternatives.length === 0) return
  const taken = statusFailure(outcome.status) === undefined
  if (taken || isClassRefused(outcome)) await learnSopClasses(db, destination, [each.sopClassUid], taken)
}

/** Failure and Warning Reasons are C-STORE statuses, PS3.18 Annex I. */
function outcomeOf({ id, offer }: Sending, outcome: WebOutcome): Outcome {
  if (outcome instanceof Failure) return { failure: outcome }
  const instead = offer.alternatives.find((alternative) => alternative.id === id)
  return { ...outcome, failure: statusFailure(outcome.status), instead }
}
