import type { TlsCredentials } from './tls/credentials.ts'
import type { MinimumVersion } from './tls/profile.ts'

/** Whom an SCU calls, and as whom. */
export type Peer = {
  readonly host: string
  readonly port: number
  readonly calledAeTitle: string
  readonly callingAeTitle: string
  /** For the peer to be reached, to answer the association request, to take each part of the data, to answer each request. */
  readonly timeoutMs: number
  /** Absent: plain TCP. */
  readonly tls?: PeerTls
}

export type PeerTls = {
  /** Asked for at every connection. */
  readonly credentials: () => TlsCredentials
  /** The name, or address, that the peer's certificate has to bear; `host` when absent. */
  readonly servername?: string | undefined
  /** false: whoever answers is taken for the peer. */
  readonly verify: boolean
  readonly minimumVersion: MinimumVersion
}

export const nameOf = ({ calledAeTitle, host, port }: Peer): string => `${calledAeTitle} at ${host}:${port}`
