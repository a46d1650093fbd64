import type { Failure } from '../failure.ts'
import { causeOf } from './cause.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'

type Peer = {
  associationId: string
  callingAeTitle: string
  calledAeTitle: string
  remoteAddress: string
  tls?: string
  certificateName?: string
  userName?: string
}
type Instance = {
  associationId: string
  sopClassUid: string
  sopInstanceUid: string
  studyInstanceUid: string
  bytes: number
}

export const receiveEvents = (log: Logger, metrics: Metrics) => ({
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
})
