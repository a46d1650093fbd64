/** PDU types, PS3.8 sections 9.3.2 to 9.3.8. */
export const PDU_NAMES = {
  1: 'A-ASSOCIATE-RQ',
  2: 'A-ASSOCIATE-AC',
  3: 'A-ASSOCIATE-RJ',
  4: 'P-DATA-TF',
  5: 'A-RELEASE-RQ',
  6: 'A-RELEASE-RP',
  7: 'A-ABORT',
} as const

export type PduName = (typeof PDU_NAMES)[keyof typeof PDU_NAMES]

const isPduType = (type: number): type is keyof typeof PDU_NAMES => type in PDU_NAMES

export const pduName = (type: number): PduName | undefined => (isPduType(type) ? PDU_NAMES[type] : undefined)

export const typeOfPdu = (name: PduName): number => Object.values<PduName>(PDU_NAMES).indexOf(name) + 1

/** The longest P-DATA-TF we take and send; DCMTK sends none longer. */
export const MAXIMUM_PDU_LENGTH = 131_072
/** Less than this a peer cannot mean; 6 would leave no room for data at all. */
export const SMALLEST_PDU_LENGTH = 1024
/** 128 presentation contexts with a dozen transfer syntaxes each fit well. */
export const MAXIMUM_ASSOCIATE_LENGTH = 131_072
export const PDU_HEADER_BYTES = 6
/** Length, presentation context ID, message control header, PS3.8 section 9.3.5.1 and Annex E. */
export const PDV_HEADER_BYTES = 6

/** PS3.8 Table 9-26. */
export const AbortSource = { ServiceUser: 0, ServiceProvider: 2 } as const
export const AbortReason = {
  NotSpecified: 0,
  UnrecognizedPdu: 1,
  UnexpectedPdu: 2,
  UnexpectedPduParameter: 5,
  InvalidPduParameter: 6,
} as const
export type AbortReason = (typeof AbortReason)[keyof typeof AbortReason]

/** The peer broke the protocol; the answer is A-ABORT with this reason. */
export class ProtocolError extends Error {
  readonly reason: AbortReason

  constructor(reason: AbortReason, message: string) {
    super(message)
    this.name = 'ProtocolError'
    this.reason = reason
  }
}

export const invalid = (message: string) => new ProtocolError(AbortReason.InvalidPduParameter, message)
export const unexpected = (message: string) => new ProtocolError(AbortReason.UnexpectedPduParameter, message)
