import type { Config } from '../config/schema.ts'
import type { DicomDestination } from '../config/sender-section.ts'
import type { Peer } from '../dimse/peer.ts'
import type { TlsCredentials } from '../tls/credentials.ts'

/** A destination as the SCU calls it; `credentials` for one that is called over TLS. */
export function peerOf(config: Config, destination: DicomDestination, credentials?: () => TlsCredentials): Peer {
  const { host, port, aeTitle, callingAeTitle, tls } = destination
  const peer = {
    host,
    port,
    calledAeTitle: aeTitle,
    callingAeTitle: callingAeTitle ?? config.dicom.aeTitle,
    timeoutMs: config.delivery.timeout,
  }
  if (!tls || !credentials) return peer
  const { servername, verify, minimumVersion } = tls
  return { ...peer, tls: { credentials, servername, verify, minimumVersion } }
}
