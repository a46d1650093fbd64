import type { DeliveryClaim } from '../db/delivery.ts'
import type { Failure } from '../failure.ts'

/** A result owed to a destination, and its Part 10 file. */
type Offer = DeliveryClaim & { readonly path: string }

/** What a destination made of one offer. Without a failure it has taken it. */
export type Outcome = {
  /** `retry` permanent: never offered again; otherwise offered again later. */
  readonly failure?: Failure | undefined
  /** The DIMSE status answered, if one was. */
  readonly status?: number | undefined
  /** The destination's own words (Error Comment, HTTP status, MSA error). No patient data. */
  readonly comment?: string | undefined
}

/**
 * What a kind of destination does with results: DIMSE, DICOMweb, HL7. When to offer, how often, and what follows from
 * the outcome is not its business.
 */
export type Courier = {
  /** The longest it takes from one outcome to the next. */
  readonly patienceMs: number
  /**
   * Offers the results, all of one study, in their order. Each gets exactly one outcome; what could not be offered at
   * all has the cause for its failure. Throws only what `onOutcome` throws.
   */
  offer(offers: readonly Offer[], onOutcome: (offer: Offer, outcome: Outcome) => Promise<void>): Promise<void>
  /** A sign of life that changes nothing. @throws Failure when there is none */
  probe(): Promise<{ roundTripMs: number }>
}
