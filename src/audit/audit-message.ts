import { isIP } from 'node:net'
import { APPLICATION_SERVER, type Code } from './codes.ts'
import { element, escapeXml } from './xml.ts'

/** Create, Read, Update, Delete, Execute. */
type Action = 'C' | 'R' | 'U' | 'D' | 'E'
/** 0 success, 4 minor failure, 8 serious failure, 12 major failure. */
export type Outcome = 0 | 4 | 8 | 12

export type Participant = {
  readonly userId: string
  readonly alternativeUserId?: string
  readonly userName?: string
  readonly isRequestor: boolean
  readonly role?: Code
  /** IP address or machine name. */
  readonly address?: string | undefined
}

export type SopClassInstances = {
  readonly uid?: string | undefined
  readonly count: number
  readonly instances: readonly string[]
}

export type ParticipantObject = {
  readonly id: string
  readonly idType: Code
  readonly name: string
  /** 1 person, 2 system object. */
  readonly type: 1 | 2
  /** 1 patient, 3 report, 5 master file, 13 security resource. */
  readonly role: 1 | 3 | 5 | 13
  readonly details?: readonly (readonly [type: string, value: string])[]
  readonly sopClasses?: readonly SopClassInstances[]
}

/** What an audit message says, whoever reports it. */
export type AuditMessage = {
  readonly id: Code
  readonly type?: Code
  readonly action: Action
  readonly outcome: Outcome
  readonly outcomeDescription?: string | undefined
  readonly participants: readonly [Participant, ...Participant[]]
  readonly objects?: readonly ParticipantObject[]
}

/** Who reports it. */
export type AuditSource = { readonly id: string; readonly enterpriseSiteId?: string | undefined }

const coded = (name: string, { code, system, meaning }: Code) =>
  element(name, { 'csd-code': code, codeSystemName: system, originalText: meaning })

const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64')

function eventIdentification({ id, type, action, outcome, outcomeDescription }: AuditMessage, at: Date): string {
  const attributes = { EventActionCode: action, EventDateTime: at.toISOString(), EventOutcomeIndicator: outcome }
  return element(
    'EventIdentification',
    attributes,
    coded('EventID', id),
    ...(type ? [coded('EventTypeCode', type)] : []),
    ...(outcomeDescription ? [element('EventOutcomeDescription', {}, escapeXml(outcomeDescription))] : []),
  )
}

function activeParticipant({ userId, alternativeUserId, userName, isRequestor, role, address }: Participant): string {
  const attributes = {
    UserID: userId,
    AlternativeUserID: alternativeUserId,
    UserName: userName,
    UserIsRequestor: isRequestor,
    ...(address && { NetworkAccessPointID: address, NetworkAccessPointTypeCode: isIP(address) ? 2 : 1 }),
  }
  return element('ActiveParticipant', attributes, ...(role ? [coded('RoleIDCode', role)] : []))
}

const sopClass = ({ uid, count, instances }: SopClassInstances) =>
  element(
    'SOPClass',
    { UID: uid, NumberOfInstances: count },
    ...instances.map((instance) => element('Instance', { UID: instance })),
  )

function participantObject({ id, idType, name, type, role, details = [], sopClasses = [] }: ParticipantObject): string {
  const attributes = { ParticipantObjectID: id, ParticipantObjectTypeCode: type, ParticipantObjectTypeCodeRole: role }
  return element(
    'ParticipantObjectIdentification',
    attributes,
    coded('ParticipantObjectIDTypeCode', idType),
    element('ParticipantObjectName', {}, escapeXml(name)),
    ...details.map(([key, value]) => element('ParticipantObjectDetail', { type: key, value: base64(value) })),
    ...(sopClasses.length > 0 ? [element('ParticipantObjectDescription', {}, ...sopClasses.map(sopClass))] : []),
  )
}

/** The message in XML on one line, PS3.15 A.5.1. */
export function encodeAuditMessage(message: AuditMessage, source: AuditSource, at: Date): string {
  return element(
    'AuditMessage',
    {},
    eventIdentification(message, at),
    ...message.participants.map(activeParticipant),
    element(
      'AuditSourceIdentification',
      { AuditEnterpriseSiteID: source.enterpriseSiteId, AuditSourceID: source.id },
      element('AuditSourceTypeCode', { 'csd-code': APPLICATION_SERVER }),
    ),
    ...(message.objects ?? []).map(participantObject),
  )
}
