import type { Failure } from '../failure.ts'
import type { AuditMessage } from './audit-message.ts'
import { EventId } from './codes.ts'
import { destination, type Other, other, ourselves, source, studyObject, type Us } from './participants.ts'
import type { Record } from './receive-audit.ts'

/** Audit messages of results that went out, or were refused. An attempt that is repeated is told when it has ended. */
export function deliverAudit(record: Record, us: Us, destinations: ReadonlyMap<string, Other>) {
  const sent = (
    name: string,
    studyInstanceUid: string,
    count: number,
    what: Pick<AuditMessage, 'outcome' | 'outcomeDescription'>,
  ) =>
    record(
      {
        // Whether the receiver held them before is not known to us, PS3.15 Table A.5.3.7-1.
        ...{ id: EventId.InstancesTransferred, action: 'R', ...what },
        participants: [ourselves(us, source), other(destinations.get(name) ?? { name }, destination)],
        objects: [studyObject(studyInstanceUid, [{ count, instances: [] }])],
      },
      studyInstanceUid,
    )
  return {
    delivered: (name: string, studyInstanceUid: string, instances: number) =>
      sent(name, studyInstanceUid, instances, { outcome: 0 }),
    deliveryHeld: (name: string, studyInstanceUid: string, instances: number, { code, message }: Failure) =>
      sent(name, studyInstanceUid, instances, { outcome: 4, outcomeDescription: `held: ${code}: ${message}` }),
    deliveryRefused: (name: string, studyInstanceUid: string, instances: number, { code, message }: Failure) =>
      sent(name, studyInstanceUid, instances, { outcome: 8, outcomeDescription: `${code}: ${message}` }),
  }
}
