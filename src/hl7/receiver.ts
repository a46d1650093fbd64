import type { ConnectionOptions } from 'node:tls'

/** Who takes HL7 v2 messages over MLLP. */
export type Receiver = {
  readonly host: string
  readonly port: number
  /** For it to be reached, and, when it has the message, to acknowledge it. */
  readonly timeoutMs: number
  /** Absent: plain TCP. Asked anew for each connection, as certificates are replaced. */
  readonly tls?: () => ConnectionOptions
}

export const nameOf = ({ host, port }: Receiver): string => `${host}:${port}`
