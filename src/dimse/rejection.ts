/** An A-ASSOCIATE-RJ, PS3.8 Table 9-21, with words for the person who looks for the cause. */
export type Rejection = {
  readonly result: number
  readonly source: number
  readonly reason: number
  readonly words: string
}

const PERMANENT = 1
export const REJECTED_TRANSIENT = 2
const SERVICE_USER = 1
const SERVICE_PROVIDER_ACSE = 2
const SERVICE_PROVIDER_PRESENTATION = 3

const permanent = (reason: number) => (words: string) => ({
  result: PERMANENT,
  source: SERVICE_USER,
  reason,
  words,
})

export const noReasonGiven: (words: string) => Rejection = permanent(1)
export const applicationContextNotSupported: (words: string) => Rejection = permanent(2)
export const callingAeTitleNotRecognized: (words: string) => Rejection = permanent(3)
export const calledAeTitleNotRecognized: (words: string) => Rejection = permanent(7)

export const protocolVersionNotSupported = (words: string): Rejection => ({
  result: PERMANENT,
  source: SERVICE_PROVIDER_ACSE,
  reason: 2,
  words,
})

/** PS3.7 section D.3.3.7: the user could not be identified. */
export const userNotIdentified = (words: string): Rejection => ({
  result: PERMANENT,
  source: SERVICE_PROVIDER_ACSE,
  reason: 1,
  words,
})

const transient = (reason: number) => (words: string) => ({
  result: REJECTED_TRANSIENT,
  source: SERVICE_PROVIDER_PRESENTATION,
  reason,
  words,
})

export const temporaryCongestion: (words: string) => Rejection = transient(1)
export const localLimitExceeded: (words: string) => Rejection = transient(2)

const REASONS: Readonly<Record<string, string>> = {
  '1/1': 'no reason given',
  '1/2': 'application context name not supported',
  '1/3': 'calling AE title not recognized',
  '1/7': 'called AE title not recognized',
  '2/1': 'no reason given',
  '2/2': 'protocol version not supported',
  '3/1': 'temporary congestion',
  '3/2': 'local limit exceeded',
}

/** What a peer's rejection says, in the Standard's words. */
export function rejectionText(result: number, source: number, reason: number): string {
  const lasting = result === REJECTED_TRANSIENT ? 'rejected transient' : 'rejected permanent'
  return `${lasting}: ${REASONS[`${source}/${reason}`] ?? `source ${source}, reason ${reason}`}`
}
