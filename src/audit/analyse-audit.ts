import type { Failure } from '../failure.ts'
import type { AuditMessage } from './audit-message.ts'
import { EventId } from './codes.ts'
import { ourselves, studyObject, type Us } from './participants.ts'
import type { Record } from './receive-audit.ts'

type Study = { studyInstanceUid: string; revision: number }

/** Audit messages of what is made of studies: results made, and studies that were looked at in vain. */
export function analyseAudit(record: Record, us: Us) {
  const accessed = (study: Study, what: Pick<AuditMessage, 'action' | 'outcome' | 'outcomeDescription'>) =>
    record(
      {
        ...{ id: EventId.InstancesAccessed, ...what },
        participants: [ourselves(us, { isRequestor: true })],
        objects: [studyObject(study.studyInstanceUid, [], [['Revision', String(study.revision)]])],
      },
      study.studyInstanceUid,
    )
  return {
    studyAnalysed: (study: Study) =>
      accessed(study, { action: 'C', outcome: 0, outcomeDescription: 'analysed: results were made' }),
    studyDeclined: (study: Study, reason: string) =>
      accessed(study, { action: 'R', outcome: 0, outcomeDescription: `declined: ${reason}` }),
    analysisFailed(study: Study, { code, message }: Failure, then: string) {
      if (then === 'given-up') accessed(study, { action: 'R', outcome: 8, outcomeDescription: `${code}: ${message}` })
    },
  }
}
