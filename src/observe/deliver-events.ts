import type { Failure } from '../failure.ts'
import { causeOf } from './cause.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'

type Settled = 'confirmed' | 'unconfirmed' | 'lost' | 'refused'

/** What a destination said, or did not say, of what it took. That one says nothing is a warning once, until it has spoken. */
function settledEvents(log: Logger, metrics: Metrics) {
  const silent = new Set<string>()
  return (destination: string, outcome: Settled, instances: number) => {
    metrics.delivered.inc({ destination, outcome }, instances)
    const line = { destination, instances }
    if (outcome === 'unconfirmed') {
      const level = silent.has(destination) ? 'info' : 'warn'
      silent.add(destination)
      log[level](
        line,
        'whether the destination kept the results cannot be learned: ' +
          'give it storage commitment or queries for our AE title, or set its confirm: none',
      )
      return
    }
    silent.delete(destination)
    if (outcome === 'confirmed') log.info(line, 'the destination says that it has the results')
    if (outcome === 'lost') log.warn(line, 'the destination did not keep the results, offered again')
    if (outcome === 'refused') log.error(line, 'the destination keeps losing the results, not offered again')
  }
}

export const deliverEvents = (log: Logger, metrics: Metrics) => ({
  /** `late`: how many of them later than they should have been. */
  delivered(destination: string, studyInstanceUid: string, instances: number, durationMs: number, late: number) {
    metrics.delivered.inc({ destination, outcome: 'sent' }, instances)
    metrics.deliveredLate.inc({ destination }, late)
    metrics.stage.observe({ stage: 'deliver' }, durationMs / 1000)
    log.info({ destination, studyInstanceUid, instances, durationMs, late }, 'results delivered')
  },
  deliveriesSettled: settledEvents(log, metrics),
  deliveryHeld(destination: string, studyInstanceUid: string, instances: number, failure: Failure) {
    metrics.delivered.inc({ destination, outcome: 'held' }, instances)
    log.error({ destination, studyInstanceUid, instances, ...causeOf(failure) }, 'delivery held, a person must decide')
  },
  destinationDown(destination: string, failure: Failure) {
    metrics.destinationDown.set({ destination }, 1)
    log.error({ destination, ...causeOf(failure) }, 'destination down: nothing is sent until it shows signs of life')
  },
  /** `hastened`: how many results that waited are due at once. */
  destinationUp(destination: string, downForMs: number, hastened: number) {
    metrics.destinationDown.set({ destination }, 0)
    log.info({ destination, downForMs, hastened }, 'destination up again')
  },
  /** Owed to a destination that is not configured; told when it is seen first. */
  deliveriesStranded: (destination: string, instances: number, studies: number) =>
    log.warn({ destination, instances, studies }, 'results are owed to a destination that is not configured'),
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
