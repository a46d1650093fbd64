import type { DeliveryClaim } from '../db/delivery.ts'
import type { Taken } from '../db/delivery-confirm.ts'
import type { Confirmer } from '../db/delivery-tables.ts'
import type { Result } from '../db/schema.ts'
import type { Failure } from '../failure.ts'

/** A result's Part 10 file. */
type WithFile<R> = R & { readonly path: string }

/** A result owed to a destination, with those that may be sent in its stead, best first. */
export type Offer = WithFile<DeliveryClaim> & { readonly alternatives: readonly WithFile<Result>[] }

/** What a destination made of one offer. Without a failure it has taken it. */
export type Outcome = {
  /** `retry` permanent: never offered again; otherwise offered again later. */
  readonly failure?: Failure | undefined
  /** The DIMSE status answered, if one was. */
  readonly status?: number | undefined
  /** The destination's own words (Error Comment, HTTP status, MSA error). No patient data. */
  readonly comment?: string | undefined
  /** The alternative that was sent. */
  readonly instead?: Result | undefined
  /** With a failure: not a byte of it was sent. */
  readonly unsent?: boolean | undefined
}

/** Whether a destination has what it took; `by` is how it was asked, a query when absent. */
export type Confirmation =
  /** It says that it has it. */
  | { readonly presence: 'kept' }
  /** It says that it does not, or not yet. */
  | { readonly presence: 'missing'; readonly failure: Failure; readonly by?: Confirmer }
  /** It was asked, and will report. */
  | { readonly presence: 'asked' }
  /** It could not be asked now; with SOP_CLASS_REFUSED, it cannot be asked at all. */
  | { readonly presence: 'unknown'; readonly failure: Failure; readonly by?: Confirmer }

/** Whose a study is: values as encoded, trimmed; absent where there is none. */
export type Identity = { readonly patientId?: string | undefined; readonly accessionNumber?: string | undefined }

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
  /**
   * Asks whether the destination has what it took, by delivery; of several studies at once. Absent: it is not to be
   * asked, and taken is all there is to know. Does not throw what it can say.
   */
  confirm?(taken: readonly Taken[]): Promise<ReadonlyMap<string, Confirmation>>
  /**
   * To whom a study belongs at the destination, as often as it says; [] when it does not know the study. Absent: it is
   * not to be asked. @throws Failure; SOP_CLASS_REFUSED when it cannot be asked
   */
  identify?(studyInstanceUid: string): Promise<readonly Identity[]>
  /** A sign of life that changes nothing. @throws Failure when there is none */
  probe(): Promise<{ roundTripMs: number }>
}
