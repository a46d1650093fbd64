import type { Failure } from '../failure.ts'
import type { AuditMessage, Outcome } from './audit-message.ts'
import { EventId, EventType, IdType } from './codes.ts'
import { Damper } from './damper.ts'
import { alertSubject, destination, other, ourselves, type Part, source, studyObject, type Us } from './participants.ts'
import { type StoredTold, type Transfer, Transfers } from './transfers.ts'

type Peer = {
  associationId: string
  callingAeTitle: string
  remoteAddress: string
  /** Of the user who was identified, or else the name in the peer's certificate. */
  userName?: string
  certificateName?: string
}
type OpenAssociation = { readonly peer: Peer; readonly begun: Set<string> }

/** A message; with the study it tells of, when its patient is to be told too. */
export type Record = (message: AuditMessage, studyInstanceUid?: string) => void

/** What came in of no association that is known: a row was rebuilt from its file. */
const UNKNOWN_PEER = { callingAeTitle: 'unknown', remoteAddress: '' }

const peerOf = (peer: Omit<Peer, 'associationId'>, part: Part = source) =>
  other(
    {
      ...{ name: peer.callingAeTitle || peer.remoteAddress, aeTitle: peer.callingAeTitle },
      ...{ address: peer.remoteAddress || undefined, userName: peer.userName ?? peer.certificateName },
    },
    part,
  )

const outcomeOf = (how: string): Outcome => (how === 'released' ? 0 : 4)
const times = (count: number) => (count > 1 ? ` (${count} times)` : '')
const causeOf = ({ code, message }: Failure) => `${code}: ${message}`

/** Audit messages of what comes in: one for each association, study received, and refusal. */
export function receiveAudit(record: Record, us: Us) {
  const open = new Map<string, OpenAssociation>()
  const damper = new Damper()
  const peerBy = (associationId: string) => peerOf(open.get(associationId)?.peer ?? UNKNOWN_PEER)
  const transfers = new Transfers((transfer) => record(transferred(transfer, peerBy, us), transfer.studyInstanceUid))
  const stored = (instance: StoredTold, held: boolean) => {
    const association = open.get(instance.associationId)
    if (association && !association.begun.has(instance.studyInstanceUid)) {
      association.begun.add(instance.studyInstanceUid)
      record(begun(association.peer, instance.studyInstanceUid, us), instance.studyInstanceUid)
    }
    transfers.add(instance, held)
  }
  const events = {
    associationOpened(peer: Peer) {
      open.set(peer.associationId, { peer, begun: new Set() })
      record(authenticated(peer, us, { type: EventType.Login, outcome: 0 }))
    },
    associationClosed(peer: Peer, how: string, instances: number, _durationMs: number, words?: string) {
      transfers.close(peer.associationId)
      open.delete(peer.associationId)
      const outcomeDescription = `${how}, ${instances} instances${words ? `: ${words}` : ''}`
      record(authenticated(peer, us, { type: EventType.Logout, outcome: outcomeOf(how), outcomeDescription }))
    },
    associationRejected(peer: Omit<Peer, 'associationId'>, words: string) {
      damper.tell(`rejected ${peer.remoteAddress}`, (count) =>
        record(refused(peer, `rejected: ${words}${times(count)}`, us)),
      )
    },
    connectionDropped(remoteAddress: string, words: string) {
      const peer = { remoteAddress, callingAeTitle: '' }
      damper.tell(`dropped ${remoteAddress}`, (count) => record(refused(peer, `dropped: ${words}${times(count)}`, us)))
    },
    instanceStored: (instance: StoredTold) => stored(instance, false),
    instanceRepeated: (instance: StoredTold) => stored(instance, true),
    instanceUnrecorded: (instance: StoredTold) => stored(instance, false),
    instanceRefused(associationId: string, sopInstanceUid: string, failure: Failure) {
      const peer = peerBy(associationId)
      damper.tell(`instance ${associationId} ${failure.code}`, (count) =>
        record(notTransferred(peer, us, `${causeOf(failure)}${times(count)}`, sopInstanceUid)),
      )
    },
  }
  const close = () => {
    transfers[Symbol.dispose]()
    damper[Symbol.dispose]()
  }
  return { events, close }
}

type Participants = AuditMessage['participants']
const sides = (peer: Participants[0], us: Us): Participants => [peer, ourselves(us, destination)]

const begun = (peer: Peer, studyInstanceUid: string, us: Us): AuditMessage => ({
  ...{ id: EventId.BeginTransferringInstances, action: 'E', outcome: 0 },
  participants: sides(peerOf(peer), us),
  objects: [studyObject(studyInstanceUid)],
})

/** Create where we did not hold them, Read where we did, PS3.15 Table A.5.3.7-1. */
const transferred = (
  { associationId, studyInstanceUid, held, sopClasses }: Transfer,
  peerBy: (associationId: string) => Participants[0],
  us: Us,
): AuditMessage => ({
  ...{ id: EventId.InstancesTransferred, action: held ? 'R' : 'C', outcome: 0 },
  participants: sides(peerBy(associationId), us),
  objects: [studyObject(studyInstanceUid, sopClasses)],
})

/** The study of an instance that was refused is not known: the instance is told as the subject. */
const notTransferred = (
  peer: Participants[0],
  us: Us,
  outcomeDescription: string,
  sopInstanceUid: string,
): AuditMessage => ({
  ...{ id: EventId.InstancesTransferred, action: 'C', outcome: 8, outcomeDescription },
  participants: sides(peer, us),
  objects: [alertSubject(`urn:oid:${sopInstanceUid || 'none'}`, 'instance', outcomeDescription, IdType.Uri)],
})

type Authentication = Pick<AuditMessage, 'type' | 'outcome' | 'outcomeDescription'>

/** A peer is the user of an association, PS3.15 A.5.3.12. */
const authenticated = (peer: Peer, us: Us, authentication: Authentication): AuditMessage => ({
  ...{ id: EventId.UserAuthentication, action: 'E', ...authentication },
  participants: [peerOf(peer, { isRequestor: true }), ourselves(us, { isRequestor: false })],
})

const refused = (peer: Omit<Peer, 'associationId'>, words: string, us: Us): AuditMessage => ({
  ...{ id: EventId.SecurityAlert, type: EventType.NodeAuthentication, action: 'E', outcome: 4 },
  outcomeDescription: words,
  participants: [ourselves(us, { isRequestor: false }), peerOf(peer)],
  objects: [alertSubject(peer.remoteAddress || 'unknown', 'peer', words)],
})
