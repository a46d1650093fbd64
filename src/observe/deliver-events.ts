import type { Failure } from '../failure.ts'
import { causeOf } from './cause.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'

export const deliverEvents = (log: Logger, metrics: Metrics) => ({
  delivered(destination: string, studyInstanceUid: string, instances: number, durationMs: number) {
    metrics.delivered.inc({ destination, outcome: 'sent' }, instances)
    metrics.stage.observe({ stage: 'deliver' }, durationMs / 1000)
    log.info({ destination, studyInstanceUid, instances, durationMs }, 'results delivered')
  },
  deliveryDeferred(
    destination: string,
    studyInstanceUid: string,
    instances: number,
    failure: Failure,
    delayMs: number,
  ) {
    metrics.delivered.inc({ destination, outcome: 'deferred' }, instances)
    log.warn(
      { destination, studyInstanceUid, instances, ...causeOf(failure), delayMs },
      'delivery failed, tried again later',
    )
  },
  deliveryRefused(destination: string, studyInstanceUid: string, instances: number, failure: Failure) {
    metrics.delivered.inc({ destination, outcome: 'refused' }, instances)
    log.error({ destination, studyInstanceUid, instances, ...causeOf(failure) }, 'delivery refused, not tried again')
  },
})
