import type { PeerTls } from '../tls/options.ts'

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

export const nameOf = ({ calledAeTitle, host, port }: Peer): string => `${calledAeTitle} at ${host}:${port}`
