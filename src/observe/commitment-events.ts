import type { Failure } from '../failure.ts'
import { causeOf } from './cause.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'

/** Storage commitment, of which we are the SCP. */
export const commitmentEvents = (log: Logger, metrics: Metrics) => ({
  /** `known`: whether the configuration says where the report is to go. */
  commitmentRequested(callingAeTitle: string, instances: number, known: boolean) {
    metrics.commitments.inc({ outcome: known ? 'requested' : 'not-taken' })
    if (known) log.info({ callingAeTitle, instances }, 'storage commitment requested')
    else
      log.warn({ callingAeTitle, instances }, 'storage commitment not taken on: reportTo of the peer is not configured')
  },
  commitmentReported(callingAeTitle: string, kept: number, failed: number) {
    metrics.commitments.inc({ outcome: failed === 0 ? 'kept' : 'failed' })
    log.info({ callingAeTitle, kept, failed }, 'storage commitment reported')
  },
  /** Without a delay it is not tried again. */
  commitmentNotReported(callingAeTitle: string, failure: Failure, delayMs: number | undefined) {
    metrics.commitments.inc({ outcome: delayMs === undefined ? 'given-up' : 'deferred' })
    const line = { callingAeTitle, ...causeOf(failure), delayMs }
    if (delayMs === undefined) log.error(line, 'storage commitment report given up')
    else log.warn(line, 'storage commitment report not taken, tried again later')
  },
})
