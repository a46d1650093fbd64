import type { Participant, ParticipantObject, SopClassInstances } from './audit-message.ts'
import { type Code, IdType, Role } from './codes.ts'

/** This node, as it appears in its messages. */
export type Us = { readonly pid: number; readonly name: string; readonly aeTitle: string; readonly host: string }

/** A peer: an application entity, or what else a destination is. */
export type Other = {
  readonly name: string
  /** For people: the name in its certificate. */
  readonly userName?: string | undefined
  readonly aeTitle?: string | undefined
  readonly address?: string | undefined
}

/** What part a participant has in what is told. */
export type Part = { readonly isRequestor: boolean; readonly role?: Code }

/** PS3.15 A.5.2.2. */
const aeTitles = (aeTitle: string) => `AETITLES=${aeTitle}`

/** Our process, PS3.15 A.5.2.1. */
export const ourselves = ({ pid, name, aeTitle, host }: Us, part: Part): Participant => ({
  userId: String(pid),
  alternativeUserId: aeTitles(aeTitle),
  userName: name,
  address: host,
  ...part,
})

export const other = ({ name, aeTitle, address, userName }: Other, part: Part): Participant => ({
  userId: name,
  ...(aeTitle && { alternativeUserId: aeTitles(aeTitle) }),
  ...(userName && { userName }),
  address,
  ...part,
})

export const source: Part = { role: Role.Source, isRequestor: true }
export const destination: Part = { role: Role.Destination, isRequestor: false }

/** A study, PS3.15 Tables A.5.3.3-1 to A.5.3.7-1. */
export const studyObject = (
  studyInstanceUid: string,
  sopClasses: readonly SopClassInstances[] = [],
  details: ParticipantObject['details'] = [],
): ParticipantObject => ({
  ...{ id: studyInstanceUid, idType: IdType.StudyInstanceUid, name: 'study', type: 2, role: 3 },
  ...{ sopClasses, details },
})

/** Its patient, PS3.15 Tables A.5.3.3-1 to A.5.3.7-1. */
export const patientObject = (patientId: string): ParticipantObject => ({
  ...{ id: patientId, idType: IdType.PatientNumber, name: 'not recorded', type: 1, role: 1 },
})

/** What a security alert is about, PS3.15 Table A.5.3.11-1. */
export const alertSubject = (
  id: string,
  name: string,
  description: string,
  idType: Code = IdType.NodeId,
): ParticipantObject => ({
  ...{ id, idType, name, type: 2, role: 13 },
  details: [['Alert Description', description]],
})
