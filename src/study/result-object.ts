/** What a destination may ask for, `destinations[].objects`. */
export const RESULT_OBJECTS = ['sr', 'sc', 'kos'] as const
type ResultObject = (typeof RESULT_OBJECTS)[number]

/** What kind of object a result is: report, picture, selection, HL7 message, rejection note. Its SOP class says the rest. */
export type ResultKind = 'SR' | 'SC' | 'KOS' | 'ORU' | 'REJECTION'

/** What a destination gets of a study that was declined or failed, `destinations[].notAnalysed`. */
export const NOT_ANALYSED_POLICIES = ['nothing', 'page'] as const
type NotAnalysedPolicy = (typeof NOT_ANALYSED_POLICIES)[number]

/** What one destination asks for. */
export type ResultWish = {
  /** The destination's name. */
  readonly name: string
  readonly objects: readonly ResultObject[]
  /** What it gets of a study that was not analysed. */
  readonly notAnalysed: NotAnalysedPolicy
}
