/** A presentation context to propose; its ID is 2 × its place + 1. */
export type Proposal = {
  readonly abstractSyntax: string
  readonly transferSyntaxes: readonly string[]
  /** We are to be its SCP, PS3.7 Annex D.3.3.4; the SCU when absent. */
  readonly asScp?: boolean
}
export const contextIdOf = (place: number): number => 2 * place + 1

/** PS3.8 section 9.3.2.2: IDs are odd and at most 255. */
export const MAXIMUM_CONTEXTS = 128
