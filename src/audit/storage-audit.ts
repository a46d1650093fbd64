import type { AuditMessage } from './audit-message.ts'
import { EventId } from './codes.ts'
import { alertSubject, ourselves, studyObject, type Us } from './participants.ts'
import type { Record } from './receive-audit.ts'

/** Audit messages of what is removed by age or for want of room. */
export function storageAudit(record: Record, us: Us) {
  const removed = (what: Pick<AuditMessage, 'id' | 'outcomeDescription' | 'objects'>, studyInstanceUid?: string) =>
    record({ ...what, action: 'D', outcome: 0, participants: [ourselves(us, { isRequestor: true })] }, studyInstanceUid)
  return {
    pixelsRemoved(studyInstanceUid: string, instances: number) {
      const outcomeDescription = `${instances} instances removed by age`
      const objects = [studyObject(studyInstanceUid, [{ count: instances, instances: [] }])]
      removed({ id: EventId.InstancesAccessed, outcomeDescription, objects }, studyInstanceUid)
    },
    studyForgotten(studyInstanceUid: string) {
      const outcomeDescription = 'study and its results removed by age'
      removed(
        { id: EventId.StudyDeleted, outcomeDescription, objects: [studyObject(studyInstanceUid)] },
        studyInstanceUid,
      )
    },
    orphansRemoved(files: number) {
      const outcomeDescription = `${files} files of results that no row names removed`
      const objects = [alertSubject(us.name, 'results', outcomeDescription)]
      removed({ id: EventId.InstancesAccessed, outcomeDescription, objects })
    },
    quarantineTrimmed(files: number) {
      const outcomeDescription = `the ${files} oldest files in quarantine removed`
      const objects = [alertSubject(us.name, 'quarantine', outcomeDescription)]
      removed({ id: EventId.InstancesAccessed, outcomeDescription, objects })
    },
  }
}
