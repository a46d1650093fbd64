import { connect, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, type TLSSocket, connect as tlsConnect } from 'node:tls'
import { Failure } from '../failure.ts'
import { nameOf, type Peer, type PeerTls } from './peer.ts'
import { profile } from './tls/profile.ts'
import { isTlsCode, tlsWords } from './tls/words.ts'

const KEEP_ALIVE_MS = 30_000

/** @throws Failure PEER_UNREACHABLE, TLS_FAILED */
export async function connectTo(peer: Peer): Promise<Socket> {
  const { host, port, tls } = peer
  if (!tls) return opened(peer, connect({ host, port }), 'connect')
  return opened(peer, openTls(host, port, tls), 'secureConnect')
}

function opened(peer: Peer, socket: Socket, event: 'connect' | 'secureConnect'): Promise<Socket> {
  const { timeoutMs } = peer
  return new Promise((resolve, reject) => {
    const fail = (failure: Failure) => {
      clearTimeout(timer)
      socket.destroy()
      reject(failure)
    }
    let reached = false
    socket.once('connect', () => {
      reached = true
    })
    const timer = setTimeout(() => {
      const words = reached ? `no TLS handshake within ${timeoutMs} ms` : `no connection within ${timeoutMs} ms`
      fail(new Failure(reached ? 'TLS_FAILED' : 'PEER_UNREACHABLE', `${nameOf(peer)}: ${words}`))
    }, timeoutMs)
    const refused = (error: Error) => fail(failureOf(peer, error, reached))
    socket.once('error', refused)
    socket.once(event, () => {
      clearTimeout(timer)
      socket.off('error', refused)
      // Nagle's algorithm would cost 40 ms for each instance.
      resolve(socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS))
    })
  })
}

function openTls(host: string, port: number, tls: PeerTls): TLSSocket {
  return tlsConnect({ host, port, ...tlsOptions(host, tls) })
}

/** How to speak TLS with the host: what we show, whom we trust, and which name its certificate has to bear. */
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

function failureOf(peer: Peer, error: Error, reached: boolean): Failure {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (!reached && !isTlsCode(code))
    return new Failure('PEER_UNREACHABLE', `${nameOf(peer)}: ${code || 'no connection'}`, { cause: error })
  const words = VERIFICATION.test(code) ? `the peer's certificate is not accepted: ${tlsWords(code)}` : tlsWords(code)
  return new Failure('TLS_FAILED', `${nameOf(peer)}: TLS: ${words}`, { cause: error })
}

/** Codes of a certificate that was not accepted by us, from OpenSSL and Node.js. */
const VERIFICATION = /^(?!ERR_SSL).*(?:CERT|CRL|INVALID_PURPOSE|UNABLE_TO)/
