/** What a destination may ask for, `destinations[].objects`. */
export const RESULT_OBJECTS = ['sr', 'sc', 'kos', 'basic-text-sr', 'gsps', 'multi-frame-sc', 'pdf'] as const
type ResultObject = (typeof RESULT_OBJECTS)[number]

/** What kind of object a result is: report, picture, selection, HL7 message, rejection note. Its SOP class says the rest. */
export type ResultKind = 'SR' | 'SC' | 'KOS' | 'GSPS' | 'PDF' | 'ORU' | 'REJECTION'

/** What a destination gets of a study that was declined or failed, `destinations[].notAnalysed`. */
export const NOT_ANALYSED_POLICIES = ['nothing', 'page'] as const
type NotAnalysedPolicy = (typeof NOT_ANALYSED_POLICIES)[number]

/** How a destination wants its Secondary Captures, `destinations[].scCompression`. */
export const SC_COMPRESSIONS = ['none', 'rle', 'jpeg'] as const
export type ScCompression = (typeof SC_COMPRESSIONS)[number]

/** What one destination asks for. */
export type ResultWish = {
  /** The destination's name. */
  readonly name: string
  readonly objects: readonly ResultObject[]
  readonly scCompression: ScCompression
  /** What it gets of a study that was not analysed. */
  readonly notAnalysed: NotAnalysedPolicy
}
