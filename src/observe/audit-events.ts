import type { Failure } from '../failure.ts'
import { causeOf } from './cause.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'

export const auditEvents = (log: Logger, metrics: Metrics) => ({
  auditNotWritten(failure: Failure, waiting: number) {
    metrics.auditFailures.inc({ what: 'write' })
    log.error({ ...causeOf(failure), waiting }, 'the audit trail cannot be written; messages wait')
  },
  auditNotForwarded(failure: Failure) {
    metrics.auditFailures.inc({ what: 'forward' })
    log.error(causeOf(failure), 'the audit repository does not take messages; they stay in the trail until it does')
  },
  auditUnsent: (bytes: number) => metrics.auditUnsent.set(bytes),
})
