import type { Failure } from '../failure.ts'
import type { DeclineCode } from '../study/decline.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'

type Study = { studyInstanceUid: string; revision: number }
type Peer = { associationId: string; callingAeTitle: string; calledAeTitle: string; remoteAddress: string }
type Instance = { associationId: string; sopInstanceUid: string; studyInstanceUid: string; bytes: number }

// Codes and our own words only: messages of foreign errors may quote what they choked on.
const causeOf = (failure: Failure) => ({ code: failure.code, retry: failure.retry, words: failure.message })

/** Everything that can happen, each as one log line and its metrics. The types leave no room for patient data. */
export function openEvents(log: Logger, metrics: Metrics) {
  return {
    nodeStarted: (roles: readonly string[], httpPort: number) => log.info({ roles, httpPort }, 'node started'),
    nodeStopping: (signal: string) => log.info({ signal }, 'node stopping'),
    listening: (host: string, port: number) => log.info({ host, port }, 'listening for associations'),

    associationOpened(peer: Peer) {
      metrics.associationsOpen.inc()
      log.info(peer, 'association accepted')
    },
    associationClosed(peer: Peer, outcome: string, instances: number, durationMs: number, words?: string) {
      metrics.associationsOpen.dec()
      metrics.associations.inc({ outcome })
      const line = { ...peer, outcome, instances, durationMs, words }
      if (outcome === 'released') log.info(line, 'association released')
      else log.warn(line, 'association ended without release')
    },
    associationRejected(peer: Omit<Peer, 'associationId'>, words: string) {
      metrics.associations.inc({ outcome: 'rejected' })
      log.warn({ ...peer, words }, 'association rejected')
    },
    connectionDropped(remoteAddress: string, words: string) {
      metrics.associations.inc({ outcome: 'dropped' })
      log.warn({ remoteAddress, words }, 'connection dropped before an association')
    },

    instanceStored(instance: Instance, durationMs: number) {
      metrics.instances.inc({ outcome: 'stored' })
      metrics.instanceBytes.inc(instance.bytes)
      metrics.stage.observe({ stage: 'receive' }, durationMs / 1000)
      log.debug(instance, 'instance stored')
    },
    instanceRepeated(instance: Instance) {
      metrics.instances.inc({ outcome: 'repeated' })
      log.debug(instance, 'instance was already stored')
    },
    instanceUnrecorded(instance: Instance, failure: Failure) {
      metrics.instances.inc({ outcome: 'stored-unrecorded' })
      log.error({ ...instance, ...causeOf(failure) }, 'instance stored; its row follows when the database answers')
    },
    instanceRefused(associationId: string, sopInstanceUid: string, failure: Failure) {
      metrics.instances.inc({ outcome: 'refused' })
      log.warn({ associationId, sopInstanceUid, ...causeOf(failure) }, 'instance refused')
    },
    fileUnreadable: (id: string, failure: Failure) =>
      log.error({ id, ...causeOf(failure) }, 'a stored file cannot be read'),
    instanceRecovered: (sopInstanceUid: string, outcome: string) =>
      log.info({ sopInstanceUid, outcome }, 'row rebuilt from the stored file'),
    instanceNotRecovered: (id: string, failure: Failure) =>
      log.error({ id, ...causeOf(failure) }, 'no row could be made for a stored file'),

    studyCompleted(study: Study) {
      metrics.completed.inc()
      log.info(study, 'study complete')
    },
    studyDeclined(study: Study, reason: DeclineCode) {
      metrics.declined.inc({ reason })
      log.info({ ...study, reason }, 'study declined')
    },
    studyAnalysed(study: Study, durations: Readonly<Record<string, number>>, positive: number) {
      metrics.analysed.inc()
      for (const [stage, ms] of Object.entries(durations)) metrics.stage.observe({ stage }, ms / 1000)
      log.info({ ...study, durations, positive }, 'study analysed')
    },
    analysisFailed(study: Study, failure: Failure, then: 'retried' | 'given-up') {
      metrics.failed.inc({ code: failure.code, then })
      log.error({ ...study, ...causeOf(failure), then }, 'analysis failed')
    },

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

    sweepFailed(sweep: string, failure: Failure) {
      metrics.sweepFailures.inc({ sweep })
      log.error({ sweep, ...causeOf(failure) }, 'sweep failed')
    },
  }
}

export type Events = ReturnType<typeof openEvents>
