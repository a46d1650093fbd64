import { asFailure, errorCode, Failure } from '../failure.ts'
import { isTlsCode, tlsFault } from '../tls/words.ts'
import { nameOf, type OriginServer } from './origin-server.ts'

/** What it means that a request ended without an answer. Once connected the server may have kept what it was sent. */
export function webFailure(server: OriginServer, error: unknown, connected: boolean): Failure {
  if (error instanceof Failure) return error
  const name = nameOf(server)
  const code = errorCode(error)
  // A connection is reset for other reasons too, once there is one.
  if (code && code !== 'ECONNRESET' && isTlsCode(code))
    return new Failure('TLS_FAILED', `${name}: TLS: ${tlsFault(code)}`, { cause: error })
  const words = code ?? asFailure(error, 'INTERNAL').message
  // TLS 1.3: a client certificate is judged when the handshake is over, and the alert may be lost with the connection.
  const hint = server.url.protocol === 'https:' ? ' (perhaps it wants another certificate of ours)' : ''
  return connected
    ? new Failure('PEER_SILENT', `${name} ended the connection without an answer: ${words}${hint}`, { cause: error })
    : new Failure('PEER_UNREACHABLE', `${name} cannot be reached: ${words}`, { cause: error })
}
