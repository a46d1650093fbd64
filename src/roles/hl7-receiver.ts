import type { Config } from '../config/schema.ts'
import type { Hl7Destination } from '../config/sender-section.ts'
import type { Line } from '../tls/connect.ts'
import type { TlsCredentials } from '../tls/credentials.ts'

/** An HL7 destination as its courier calls it. */
export function receiverOf(config: Config, destination: Hl7Destination, credentials: () => TlsCredentials): Line {
  const { host, port, tls } = destination
  const line = { host, port, name: `${host}:${port}`, timeoutMs: config.delivery.timeout }
  return tls ? { ...line, tls: { ...tls, credentials } } : line
}
