import type { Config } from '../config/schema.ts'
import type { Hl7Destination } from '../config/sender-section.ts'
import { tlsOptions } from '../dimse/connect.ts'
import type { TlsCredentials } from '../dimse/tls/credentials.ts'
import type { Receiver } from '../hl7/receiver.ts'

/** An HL7 destination as its courier calls it. */
export function receiverOf(config: Config, destination: Hl7Destination, credentials: () => TlsCredentials): Receiver {
  const { host, port, tls } = destination
  const receiver = { host, port, timeoutMs: config.delivery.timeout }
  return tls ? { ...receiver, tls: () => tlsOptions(host, { ...tls, credentials }) } : receiver
}
