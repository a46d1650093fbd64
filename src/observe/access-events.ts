import type { Failure } from '../failure.ts'
import { causeOf } from './cause.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'

type Certificate = { certificate: string; words: string; expiresAt: Date }

export const accessEvents = (log: Logger, metrics: Metrics) => ({
  /** `certificate` says where in the configuration it is named. */
  certificateInUse({ certificate, words, expiresAt }: Certificate) {
    metrics.certificateExpiry.set({ certificate }, expiresAt.getTime() / 1000)
    log.info({ certificate, words, expiresAt }, 'certificate in use')
  },
  certificateNotTaken(certificate: string, failure: Failure) {
    log.error({ certificate, ...causeOf(failure) }, 'new certificate not taken, the old one stays in use')
  },
})
