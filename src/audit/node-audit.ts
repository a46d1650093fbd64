import type { Failure } from '../failure.ts'
import type { AuditMessage } from './audit-message.ts'
import { type Code, EventId, EventType, IdType, Role } from './codes.ts'
import { alertSubject, ourselves, studyObject, type Us } from './participants.ts'
import type { Record } from './receive-audit.ts'

/** Audit messages of the node itself: start, stop, and a configuration that is not the one before. */
export function nodeAudit(record: Record, us: Us) {
  const activity = (type: Code, outcomeDescription: string) =>
    record({
      ...{ id: EventId.ApplicationActivity, type, action: 'E', outcome: 0, outcomeDescription },
      participants: [ourselves(us, { isRequestor: false, role: Role.Application })],
    })
  return {
    nodeStarted: (roles: readonly string[], _httpPort: number, configurationHash: string) =>
      activity(EventType.ApplicationStart, `roles ${roles.join(', ')}; configuration SHA-256 ${configurationHash}`),
    nodeStopping: (signal: string) => activity(EventType.ApplicationStop, signal),
    configurationChanged: (before: string, after: string) => record(configurationChanged(us, before, after)),
    certificateInUse: ({ certificate, words }: { certificate: string; words: string }) =>
      record(securityChanged(us, certificate, words, 0)),
    certificateNotTaken: (certificate: string, { code, message }: Failure) =>
      record(securityChanged(us, certificate, `not taken: ${code}: ${message}`, 4)),
  }
}

const configurationChanged = (us: Us, before: string, after: string): AuditMessage => ({
  ...{ id: EventId.SecurityAlert, type: EventType.SoftwareConfiguration, action: 'E', outcome: 0 },
  participants: [ourselves(us, { isRequestor: false })],
  objects: [alertSubject(us.name, 'configuration', `SHA-256 ${after}, before ${before}`)],
})

/** A certificate was taken into use, or could not be. */
const securityChanged = (us: Us, certificate: string, words: string, outcome: 0 | 4): AuditMessage => ({
  ...{ id: EventId.SecurityAlert, type: EventType.SecurityConfiguration, action: 'E', outcome },
  outcomeDescription: words,
  participants: [ourselves(us, { isRequestor: false })],
  objects: [alertSubject(us.name, certificate, words)],
})

/** Messages that could not be written. */
export const recordingStopped = (us: Us, count: number): AuditMessage => ({
  ...{ id: EventId.SecurityAlert, type: EventType.AuditRecordingStopped, action: 'E', outcome: 12 },
  participants: [ourselves(us, { isRequestor: false })],
  objects: [alertSubject(us.name, 'audit trail', `${count} messages could not be written and are lost`)],
})

export type ConsoleAction = {
  /** Words of the command line without its arguments: `study retry`. */
  readonly command: string
  readonly user: string
  readonly succeeded: boolean
  readonly studyInstanceUid?: string | undefined
  /** What else it was about: a model's id, a file's name. */
  readonly subject?: string | undefined
}

const person = (user: string, { host }: Us) =>
  ({ userId: user, isRequestor: true, address: host }) satisfies AuditMessage['participants'][0]

/** Something was changed from the command line. */
export function consoleAction(us: Us, action: ConsoleAction): AuditMessage {
  const { command, succeeded, studyInstanceUid, subject } = action
  const about = studyInstanceUid && subject ? `: ${subject}` : ''
  const outcomeDescription = `mcads ${command}${succeeded ? '' : ' failed'}${about}`
  const participants: AuditMessage['participants'] = [
    person(action.user, us),
    ourselves(us, { isRequestor: false, role: Role.Application }),
  ]
  const outcome = succeeded ? 0 : 8
  if (studyInstanceUid)
    return {
      ...{ id: EventId.InstancesAccessed, action: 'U', outcome, outcomeDescription, participants },
      objects: [studyObject(studyInstanceUid)],
    }
  return {
    ...{ id: EventId.SecurityAlert, type: EventType.UseOfRestrictedFunction, action: 'E', outcome },
    ...{ outcomeDescription, participants },
    objects: [alertSubject(subject ?? us.name, command, outcomeDescription)],
  }
}

/** Someone read the trail, PS3.15 Table A.5.3.2-1. */
export const auditLogUsed = (us: Us, user: string, uri: string): AuditMessage => ({
  ...{ id: EventId.AuditLogUsed, action: 'R', outcome: 0 },
  participants: [person(user, us), ourselves(us, { isRequestor: false })],
  objects: [{ id: uri, idType: IdType.Uri, name: 'Security Audit Log', type: 2, role: 13 }],
})
