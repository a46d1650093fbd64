import type { Failure } from '../failure.ts'
import type { AuditMessage } from './audit-message.ts'
import { EventId } from './codes.ts'
import { ourselves, studyObject, type Us } from './participants.ts'
import type { Record } from './receive-audit.ts'

type Study = { studyInstanceUid: string; revision?: number }

const revisionOf = ({ revision }: Study) => (revision === undefined ? [] : [['Revision', String(revision)] as const])

/** Audit messages of what is made of studies: results made, and studies that were looked at in vain. */
export function analyseAudit(record: Record, us: Us) {
  const accessed = (study: Study, what: Pick<AuditMessage, 'action' | 'outcome' | 'outcomeDescription'>) =>
    record(
      {
        ...{ id: EventId.InstancesAccessed, ...what },
        participants: [ourselves(us, { isRequestor: true })],
        objects: [studyObject(study.studyInstanceUid, [], revisionOf(study))],
      },
      study.studyInstanceUid,
    )
  return {
    studyAnalysed: (study: Study) =>
      accessed(study, { action: 'C', outcome: 0, outcomeDescription: 'analysed: results were made' }),
    studyDeclined: (study: Study, reason: string) =>
      accessed(study, { action: 'R', outcome: 0, outcomeDescription: `declined: ${reason}` }),
    resultsRejected: (studyInstanceUid: string, results: number, reason: string) =>
      accessed(
        { studyInstanceUid },
        { action: 'U', outcome: 0, outcomeDescription: `${results} results rejected: ${reason}` },
      ),
    analysisFailed(study: Study, { code, message }: Failure, then: string) {
      if (then === 'given-up') accessed(study, { action: 'R', outcome: 8, outcomeDescription: `${code}: ${message}` })
    },
  }
}
