import { SopClass } from '../dicom/sop-classes.ts'
import type { ProposedContext } from './association-request.ts'
import { MESSAGE_SYNTAXES } from './message-data-set.ts'

/** PS3.8 Table 9-18. */
export const ContextResult = {
  Acceptance: 0,
  AbstractSyntaxNotSupported: 3,
  TransferSyntaxesNotSupported: 4,
} as const

export type AcceptedContext = { readonly id: number; readonly abstractSyntax: string; readonly transferSyntax: string }
export type NegotiatedContext = {
  readonly id: number
  readonly abstractSyntax: string
  readonly result: (typeof ContextResult)[keyof typeof ContextResult]
  readonly transferSyntax?: string
}

/** What we are willing to receive; transfer syntaxes best first. */
export type Offer = { readonly abstractSyntaxes: readonly string[]; readonly transferSyntaxes: readonly string[] }

/** Whose messages carry no instances, so that no other transfer syntax is of use. */
const WITHOUT_INSTANCES: readonly string[] = [SopClass.Verification, SopClass.StorageCommitmentPushModel]

/** One answer for each presentation context proposed, PS3.8 section 7.1.1.14; Verification is always supported. */
export function negotiate(proposed: readonly ProposedContext[], offer: Offer): NegotiatedContext[] {
  return proposed.map(({ id, abstractSyntax, transferSyntaxes }) => {
    const isVerification = abstractSyntax === SopClass.Verification
    if (!isVerification && !offer.abstractSyntaxes.includes(abstractSyntax))
      return { id, abstractSyntax, result: ContextResult.AbstractSyntaxNotSupported }
    const preferred = WITHOUT_INSTANCES.includes(abstractSyntax) ? MESSAGE_SYNTAXES : offer.transferSyntaxes
    const transferSyntax = preferred.find((each) => transferSyntaxes.includes(each))
    return transferSyntax
      ? { id, abstractSyntax, result: ContextResult.Acceptance, transferSyntax }
      : { id, abstractSyntax, result: ContextResult.TransferSyntaxesNotSupported }
  })
}

/** Those that may be used, by their ID. */
export function acceptedOf(contexts: readonly NegotiatedContext[]): Map<number, AcceptedContext> {
  return new Map(
    contexts.flatMap(({ id, abstractSyntax, transferSyntax }) =>
      transferSyntax === undefined ? [] : [[id, { id, abstractSyntax, transferSyntax }] as const],
    ),
  )
}
