import type { Failure } from '../failure.ts'
import { analyseEvents } from './analyse-events.ts'
import { causeOf } from './cause.ts'
import { deliverEvents } from './deliver-events.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import { receiveEvents } from './receive-events.ts'

/** Everything that can happen, each as one log line and its metrics. The types leave no room for patient data. */
export function openEvents(log: Logger, metrics: Metrics) {
  return {
    ...receiveEvents(log, metrics),
    ...analyseEvents(log, metrics),
    ...deliverEvents(log, metrics),

    nodeStarted: (roles: readonly string[], httpPort: number) => log.info({ roles, httpPort }, 'node started'),
    nodeStopping: (signal: string) => log.info({ signal }, 'node stopping'),
    listening: (host: string, port: number) => log.info({ host, port }, 'listening for associations'),

    sweepFailed(sweep: string, failure: Failure) {
      metrics.sweepFailures.inc({ sweep })
      log.error({ sweep, ...causeOf(failure) }, 'sweep failed')
    },
  }
}

export type Events = ReturnType<typeof openEvents>
