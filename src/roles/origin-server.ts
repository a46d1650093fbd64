import type { Config } from '../config/schema.ts'
import type { DicomwebDestination } from '../config/sender-section.ts'
import { basicCredentials, bearerToken } from '../dicomweb/authorization.ts'
import type { OriginServer } from '../dicomweb/origin-server.ts'
import type { TlsCredentials } from '../tls/credentials.ts'
import { tlsOptions } from '../tls/options.ts'

/** A DICOMweb destination as the user agent calls it. */
export function originServerOf(
  config: Config,
  destination: DicomwebDestination,
  credentials: () => TlsCredentials,
): OriginServer {
  const { tokenFile, basic, tls } = destination
  const url = new URL(destination.url)
  return {
    url,
    timeoutMs: config.delivery.timeout,
    ...(tokenFile && { authorization: bearerToken(tokenFile) }),
    ...(basic && { authorization: basicCredentials(basic.username, basic.passwordFile) }),
    ...(tls && { tls: () => tlsOptions(url.hostname, { ...tls, credentials }) }),
  }
}
