import { asFailure, Failure } from '../failure.ts'
import { nameOf, type OriginServer } from './origin-server.ts'

/** Codes of node:tls and of OpenSSL's verification and alerts. */
const TLS_CODE = /^(ERR_TLS|ERR_SSL|EPROTO$|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|ERR_OSSL)/

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/** What it means that a request ended without an answer. Once connected the server may have kept what it was sent. */
export function webFailure(server: OriginServer, error: unknown, connected: boolean): Failure {
  if (error instanceof Failure) return error
  const name = nameOf(server)
  const code = codeOf(error)
  if (code && TLS_CODE.test(code)) return new Failure('TLS_FAILED', `no TLS with ${name}: ${code}`, { cause: error })
  const words = code ?? asFailure(error, 'INTERNAL').message
  // TLS 1.3: a client certificate is judged when the handshake is over, and the alert may be lost with the connection.
  const hint = server.url.protocol === 'https:' ? ' (perhaps it wants another certificate of ours)' : ''
  return connected
    ? new Failure('PEER_SILENT', `${name} ended the connection without an answer: ${words}${hint}`, { cause: error })
    : new Failure('PEER_UNREACHABLE', `${name} cannot be reached: ${words}`, { cause: error })
}
