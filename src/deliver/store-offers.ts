import { findRefusedSopClasses, learnSopClasses } from '../db/destination-sop-class.ts'
import type { Result } from '../db/schema.ts'
import { Status, statusFailure } from '../dimse/status.ts'
import { type StoreOutcome, storeInstances } from '../dimse/storage-scu.ts'
import { Failure } from '../failure.ts'
import type { Offer, Outcome } from './courier.ts'
import type { DicomDestination } from './dicom-courier.ts'

type OnOutcome = (offer: Offer, outcome: Outcome) => Promise<void>
type Candidate = Result & { readonly path: string }
/** An offer as it is sent: what of it the peer may take, best first. */
type Sending = Candidate & { readonly offer: Offer; readonly alternatives: readonly Candidate[] }

/**
 * C-STORE of each offer in the best SOP class that the peer takes: by what the association accepts, by what it answered
 * to a C-STORE, and by what was learned of it before.
 */
export async function storeOffers(to: DicomDestination, offers: readonly Offer[], onOutcome: OnOutcome): Promise<void> {
  const refused = await findRefusedSopClasses(to.db, to.destination, to.forgetMs)
  let sending = offers.map((offer) => sendingOf(offer, refused))
  while (sending.length > 0) {
    const again: Sending[] = []
    await storeInstances(to.peer, sending, async (each, outcome, unsent) => {
      await learn(to, each, outcome)
      const rest = refusedClassOf(outcome) === undefined ? undefined : restOf(each, outcome)
      if (rest) again.push(rest)
      else await onOutcome(each.offer, { ...outcomeOf(each.offer, outcome), unsent })
    })
    sending = again
  }
}

/** Without the classes that the peer is known not to take; with all of them when that would leave none. */
function sendingOf(offer: Offer, refused: ReadonlySet<string>): Sending {
  const all: Candidate[] = [offer, ...offer.alternatives]
  const left = all.filter(({ sopClassUid }) => !refused.has(sopClassUid))
  const [best = offer, ...alternatives] = left.length > 0 ? left : all
  return { ...best, offer, alternatives }
}

/** The class that a peer accepted for the association, and not for the instance. */
const refusedClassOf = (outcome: StoreOutcome): string | undefined =>
  !(outcome instanceof Failure) && outcome.status === Status.SopClassNotSupported ? outcome.sent.sopClassUid : undefined

/** What comes after the one that was sent; undefined when nothing does. */
function restOf({ offer, ...each }: Sending, outcome: StoreOutcome): Sending | undefined {
  if (outcome instanceof Failure) return undefined
  const all: readonly Candidate[] = [each, ...each.alternatives]
  const [best, ...alternatives] = all.slice(all.findIndex(({ id }) => id === idOf(all, outcome)) + 1)
  return best && { ...best, offer, alternatives }
}

const idOf = (candidates: readonly Candidate[], outcome: Exclude<StoreOutcome, Failure>) =>
  candidates.find(({ sopInstanceUid }) => sopInstanceUid === outcome.sent.sopInstanceUid)?.id

/** Keeps which of several classes the peer takes. */
async function learn({ db, destination }: DicomDestination, each: Sending, outcome: StoreOutcome): Promise<void> {
  const classes: string[] = [each, ...each.alternatives].map(({ sopClassUid }) => sopClassUid)
  if (classes.length === 1 && each.offer.alternatives.length === 0) return
  if (outcome instanceof Failure) {
    if (outcome.code === 'SOP_CLASS_REFUSED') await learnSopClasses(db, destination, classes, false)
    return
  }
  const taken = statusFailure(outcome.status) === undefined
  const refusing = refusedClassOf(outcome) !== undefined
  const { sopClassUid } = outcome.sent
  await learnSopClasses(db, destination, classes.slice(0, classes.indexOf(sopClassUid)), false)
  if (taken || refusing) await learnSopClasses(db, destination, [sopClassUid], taken)
}

function outcomeOf(offer: Offer, outcome: StoreOutcome): Outcome {
  if (outcome instanceof Failure) return { failure: outcome }
  const { status, comment, sent } = outcome
  const instead = offer.alternatives.find(({ sopInstanceUid }) => sopInstanceUid === sent.sopInstanceUid)
  return { status, comment, failure: statusFailure(status), instead }
}
