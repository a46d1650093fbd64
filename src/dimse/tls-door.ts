import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { errorCode } from '../failure.ts'
import { certificateWords, namesOf } from '../tls/certificate.ts'
import type { TlsCredentials } from '../tls/credentials.ts'
import { type MinimumVersion, profile } from '../tls/profile.ts'
import { tlsWords } from '../tls/words.ts'
import type { Origin } from './origin.ts'
import { normalAddress } from './remote-hosts.ts'

export type TlsDoorOptions = {
  /** Asked for at every connection, so that new certificates are shown from then on. */
  readonly credentials: () => TlsCredentials
  /** Whether a peer has to show a certificate that one of our authorities vouches for. */
  readonly mutual: boolean
  readonly minimumVersion: MinimumVersion
  readonly handshakeMs: number
}

type Handlers = {
  ready(socket: TLSSocket, origin: Origin): void
  refused(remoteAddress: string, words: string): void
}

export type TlsDoor = {
  /** Puts TLS on an accepted connection. */
  enter(connection: Socket): void
  /** Of those whose handshake is under way. */
  addresses(): string[]
  /** Breaks off what is under way. */
  close(): void
}

const keyOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`

/** Sessions are not resumed: each association is verified anew, against the certificates and the clock of its day. */
const SECURE_OPTIONS = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION

/** What stands between accepted connections and associations over TLS: the handshake, in bounded time. */
export function openTlsDoor(options: TlsDoorOptions, { ready, refused }: Handlers): TlsDoor {
  const { mutual, minimumVersion, handshakeMs } = options
  const underWay = new Map<string, { remoteAddress: string; connection: Socket }>()
  const take = (socket: Socket) => {
    const taken = underWay.get(keyOf(socket))?.remoteAddress
    underWay.delete(keyOf(socket))
    return taken
  }
  const contextOf = ({ context }: TlsCredentials) => ({
    ...profile(minimumVersion),
    ...context,
    secureOptions: SECURE_OPTIONS,
  })
  let shown = options.credentials()
  // It never listens: connections are handed to it. Peers are verified below, where the reason can still be told.
  const server = createServer({
    ...contextOf(shown),
    handshakeTimeout: handshakeMs,
    requestCert: shown.authorities.length > 0,
    rejectUnauthorized: false,
  })
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {})
    const remoteAddress = take(socket)
    if (remoteAddress === undefined) return void socket.destroy()
    const { certificate, fault } = verify(socket, mutual)
    if (fault === undefined)
      return ready(socket, { remoteAddress, tls: socket.getProtocol() ?? 'TLS', ...(certificate && { certificate }) })
    socket.destroy()
    refused(remoteAddress, `TLS: ${fault}`)
  })
  server.on('tlsClientError', (error, socket) => {
    const remoteAddress = take(socket)
    socket.destroy()
    if (remoteAddress !== undefined) refused(remoteAddress, `TLS: ${tlsWords(errorCode(error) ?? error.name)}`)
  })
  return {
    enter(connection) {
      const current = options.credentials()
      if (current !== shown) server.setSecureContext(contextOf(current))
      shown = current
      const key = keyOf(connection)
      const remoteAddress = normalAddress(connection.remoteAddress ?? '')
      underWay.set(key, { remoteAddress, connection })
      connection.once('close', () => {
        // A port that is only looked at, by a load balancer for example, is no event.
        if (underWay.delete(key) && connection.bytesRead > 0) refused(remoteAddress, `TLS: ${tlsWords('ECONNRESET')}`)
      })
      server.emit('connection', connection)
    },
    addresses: () => [...underWay.values()].map(({ remoteAddress }) => remoteAddress),
    close() {
      for (const { connection } of underWay.values()) connection.destroy()
      underWay.clear()
    },
  }
}

function verify(socket: TLSSocket, mutual: boolean) {
  const shown = socket.getPeerX509Certificate()
  if (shown && socket.authorized) return { certificate: namesOf(shown) }
  if (!mutual) return {}
  if (!shown) return { fault: 'the peer showed no certificate, and this port wants one' }
  const why = tlsWords(String(socket.authorizationError))
  return { fault: `the certificate ${certificateWords(shown)} that the peer showed is not accepted: ${why}` }
}
