import type { CertificateNames } from '../tls/certificate.ts'

/** Where a connection comes from, and what its transport proves. */
export type Origin = {
  readonly remoteAddress: string
  /** `TLSv1.2`, `TLSv1.3`; undefined over plain TCP. */
  readonly tls?: string
  /** The peer's, when it showed one that was verified. */
  readonly certificate?: CertificateNames
}
