import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'

export const storageEvents = (log: Logger, metrics: Metrics) => ({
  storageLow: (freeBytes: number, lowFreeBytes: number) =>
    log.error({ freeBytes, lowFreeBytes }, 'storage is low: new associations are rejected for now'),
  storageEnough: (freeBytes: number) => log.info({ freeBytes }, 'storage is no longer low'),
  pixelsRemoved(studyInstanceUid: string, instances: number) {
    metrics.removed.inc({ kind: 'instance' }, instances)
    log.info({ studyInstanceUid, instances }, 'instances removed by age')
  },
  studyForgotten(studyInstanceUid: string) {
    metrics.removed.inc({ kind: 'study' })
    log.info({ studyInstanceUid }, 'study and its results removed by age')
  },
  orphansRemoved(files: number) {
    metrics.removed.inc({ kind: 'orphan' }, files)
    log.info({ files }, 'files of results that no row names were removed')
  },
  orphansLeft: (files: number) =>
    log.error({ files }, 'no row names most files of results, left as they are: is it the database of this storage?'),
  quarantineTrimmed(files: number) {
    metrics.removed.inc({ kind: 'quarantine' }, files)
    log.warn({ files }, 'the oldest files in quarantine were removed')
  },
})
