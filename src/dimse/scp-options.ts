import type { IncomingInstance, InstanceSink } from '../dicom/incoming-instance.ts'
import type { AdmissionRules, Policy } from './admission.ts'
import type { IdentityRules } from './identify-user.ts'
import type { CommitmentHandler } from './incoming-commitment.ts'
import type { ScpEvents } from './scp-events.ts'
import type { TlsDoorOptions } from './tls-door.ts'

export type Limits = {
  readonly associations: number
  readonly associationsPerAddress: number
  /** Of one calling AE title, wherever it calls from. */
  readonly associationsPerAeTitle: number
  /** Connections that have not got as far as an association; more are closed at once. */
  readonly beforeNegotiation: number
  readonly beforeNegotiationPerAddress: number
  readonly instanceBytes: number
}

export type Timers = {
  /** From the connection to the end of the TLS handshake. */
  readonly handshakeMs: number
  /** From the connection (over TLS from the handshake) to a complete A-ASSOCIATE-RQ, PS3.8 section 9.1.5; trickling does not extend it. */
  readonly artimMs: number
  /** Without a message under way. */
  readonly idleMs: number
  /** A message under way must bring `minimumBytesPerSecond` on average over each stretch of this length. */
  readonly dimseMs: number
  readonly minimumBytesPerSecond: number
  /** For what we do ourselves: to take what waits to be written, to perform an operation. */
  readonly answerMs: number
}

export type StorageScpOptions = {
  readonly host: string
  /** For plain TCP; 0 for any free one, undefined for none. */
  readonly port: number | undefined
  /** For TLS, on a port of its own. */
  readonly tls?: Omit<TlsDoorOptions, 'handshakeMs'> & { readonly port: number }
  /** Storage SOP classes; Verification is always among them. */
  readonly abstractSyntaxes: readonly string[]
  /** Best first. */
  readonly transferSyntaxes: readonly string[]
  /** Who may associate; or a policy of one's own. */
  readonly admit: AdmissionRules | Policy
  /** How users are identified; who a peer says its user is, is passed over when absent. */
  readonly identity?: IdentityRules
  readonly limits?: Partial<Limits>
  readonly timers?: Partial<Timers>
  /** Why associations of this calling AE title are rejected for now (transient, local limit exceeded): a full disk, say. */
  readonly noRoomFor?: (callingAeTitle: string) => string | undefined
  /** Called at each C-STORE request that can be performed; what it throws is answered. */
  openSink(instance: IncomingInstance): InstanceSink
  /** Absent: storage commitment is not supported. */
  readonly commitment?: CommitmentHandler
  /** What a peer that releases its association waits for, a few seconds at most; it may not reject. */
  beforeRelease?(associationId: string): Promise<void>
  readonly events: ScpEvents
}

export const DEFAULT_LIMITS: Limits = {
  associations: 64,
  associationsPerAddress: 32,
  associationsPerAeTitle: 32,
  beforeNegotiation: 64,
  beforeNegotiationPerAddress: 32,
  instanceBytes: 2e9,
}

export const DEFAULT_TIMERS: Timers = {
  handshakeMs: 10_000,
  artimMs: 10_000,
  idleMs: 60_000,
  dimseMs: 30_000,
  minimumBytesPerSecond: 1000,
  answerMs: 120_000,
}
