import type { ConnectionOptions } from 'node:tls'

/** A DICOMweb origin server, PS3.18 section 8.1, and how a user agent talks to it. */
export type OriginServer = {
  /** The base URI: `studies` is below it. */
  readonly url: URL
  /** The Authorization header; asked anew for each request, since tokens are replaced. */
  readonly authorization?: () => Promise<string>
  /** Our certificate, the authorities we trust, the name we expect; asked anew for each request, as certificates are replaced. */
  readonly tls?: () => ConnectionOptions
  /** For it to be reached, to take each part of the data, and, when it has all, to answer. */
  readonly timeoutMs: number
}

/** For people: neither path nor credentials. */
export const nameOf = ({ url }: OriginServer): string => url.host
