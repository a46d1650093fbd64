import { connect, type Socket } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { errorCode, Failure } from '../failure.ts'
import { type PeerTls, tlsOptions } from './options.ts'
import { isTlsCode, tlsFault } from './words.ts'

/** Where to, and how. */
export type Line = {
  readonly host: string
  readonly port: number
  /** For people. */
  readonly name: string
  /** To be reached, TLS included. */
  readonly timeoutMs: number
  /** Absent: plain TCP. */
  readonly tls?: PeerTls | undefined
}

const KEEP_ALIVE_MS = 30_000

/** @throws Failure PEER_UNREACHABLE, TLS_FAILED */
export async function connectTo(line: Line): Promise<Socket> {
  const { host, port, tls } = line
  if (!tls) return opened(line, connect({ host, port }), 'connect')
  return opened(line, tlsConnect({ host, port, ...tlsOptions(host, tls) }), 'secureConnect')
}

function opened(line: Line, socket: Socket, event: 'connect' | 'secureConnect'): Promise<Socket> {
  const { timeoutMs, name } = line
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
      fail(new Failure(reached ? 'TLS_FAILED' : 'PEER_UNREACHABLE', `${name}: ${words}`))
    }, timeoutMs)
    const refused = (error: Error) => fail(failureOf(name, error, reached))
    socket.once('error', refused)
    socket.once(event, () => {
      clearTimeout(timer)
      socket.off('error', refused)
      // Nagle's algorithm would cost 40 ms for each instance.
      resolve(socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS))
    })
  })
}

function failureOf(name: string, error: Error, reached: boolean): Failure {
  const code = errorCode(error) ?? ''
  if (!reached && !isTlsCode(code))
    return new Failure('PEER_UNREACHABLE', `${name}: ${code || 'no connection'}`, { cause: error })
  return new Failure('TLS_FAILED', `${name}: TLS: ${tlsFault(code)}`, { cause: error })
}
