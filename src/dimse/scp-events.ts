import type { Failure } from '../failure.ts'

/** The two ends of an association, without anything of a patient. */
export type AssociationPeer = {
  /** A UUID. */
  readonly associationId: string
  readonly callingAeTitle: string
  readonly calledAeTitle: string
  readonly remoteAddress: string
  /** `TLSv1.2`, `TLSv1.3`; undefined over plain TCP. */
  readonly tls?: string
  /** The first name of the certificate the peer showed. */
  readonly certificateName?: string
  /** Of the user who was identified. */
  readonly userName?: string
}

/** What a Storage SCP tells; none of these may throw. */
export type ScpEvents = {
  associationOpened(peer: AssociationPeer): void
  associationRejected(peer: Omit<AssociationPeer, 'associationId'>, words: string): void
  associationClosed(
    peer: AssociationPeer,
    outcome: 'released' | 'aborted' | 'aborted by peer' | 'connection lost' | 'timed out',
    instances: number,
    durationMs: number,
    words?: string,
  ): void
  /** It came to no association: not DICOM, too slow, or too many at once. */
  connectionDropped(remoteAddress: string, words: string): void
  /** A C-STORE was answered with a failure; the UID is empty when it was none. */
  instanceRefused(associationId: string, sopInstanceUid: string, failure: Failure): void
}

const quiet = () => {}

/** For an SCP of which nobody wants to hear. */
export const NO_EVENTS: ScpEvents = {
  associationOpened: quiet,
  associationRejected: quiet,
  associationClosed: quiet,
  connectionDropped: quiet,
  instanceRefused: quiet,
}
