import type { Failure } from '../failure.ts'
import { accessEvents } from './access-events.ts'
import { analyseEvents } from './analyse-events.ts'
import { auditEvents } from './audit-events.ts'
import { causeOf } from './cause.ts'
import { commitmentEvents } from './commitment-events.ts'
import { deliverEvents } from './deliver-events.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import { receiveEvents } from './receive-events.ts'
import { storageEvents } from './storage-events.ts'

/** Everything that can happen, each as one log line and its metrics. The types leave no room for patient data. */
export function openEvents(log: Logger, metrics: Metrics) {
  return {
    ...accessEvents(log, metrics),
    ...receiveEvents(log, metrics),
    ...storageEvents(log, metrics),
    ...analyseEvents(log, metrics),
    ...deliverEvents(log, metrics),
    ...auditEvents(log, metrics),
    ...commitmentEvents(log, metrics),

    nodeStarted: (roles: readonly string[], httpPort: number, configurationHash: string) =>
      log.info({ roles, httpPort, configurationHash }, 'node started'),
    configurationChanged: (before: string, after: string) =>
      log.warn({ before, after }, 'the configuration is not the one of the last start'),
    nodeStopping: (signal: string) => log.info({ signal }, 'node stopping'),
    listening: (host: string, port: number, transport: 'plain' | 'TLS') =>
      log.info({ host, port, transport }, 'listening for associations'),

    sweepFailed(sweep: string, failure: Failure) {
      metrics.sweepFailures.inc({ sweep })
      log.error({ sweep, ...causeOf(failure) }, 'sweep failed')
    },
  }
}

export type Events = ReturnType<typeof openEvents>
