/** What a destination may ask for, `destinations[].objects`. */
export const RESULT_OBJECTS = ['sr', 'sc', 'kos'] as const
type ResultObject = (typeof RESULT_OBJECTS)[number]

/** What kind of object a result is: report, picture, selection. Its SOP class says the rest. */
export type ResultKind = 'SR' | 'SC' | 'KOS'

/** What one destination asks for. */
export type ResultWish = {
  /** The destination's name. */
  readonly name: string
  readonly objects: readonly ResultObject[]
}
