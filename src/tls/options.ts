import { isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity } from 'node:tls'
import type { TlsCredentials } from './credentials.ts'
import { type MinimumVersion, profile } from './profile.ts'

/** How TLS is spoken with whom we call. */
export type PeerTls = {
  /** Asked for at every connection. */
  readonly credentials: () => TlsCredentials
  /** The name, or address, that the peer's certificate has to bear; `host` when absent. */
  readonly servername?: string | undefined
  /** false: whoever answers is taken for the peer. */
  readonly verify: boolean
  readonly minimumVersion: MinimumVersion
}

/** What we show, whom we trust, and which name the host's certificate has to bear. */
export function tlsOptions(host: string, tls: PeerTls): ConnectionOptions {
  const name = tls.servername ?? host
  return {
    ...profile(tls.minimumVersion),
    ...tls.credentials().context,
    rejectUnauthorized: tls.verify,
    // Server Name Indication has no room for an address, RFC 6066 section 3.
    ...(isIP(name) === 0 && { servername: name }),
    checkServerIdentity: (_name, certificate) => checkServerIdentity(name, certificate),
  }
}
