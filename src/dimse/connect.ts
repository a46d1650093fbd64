import { connect, type Socket } from 'node:net'
import { Failure } from '../failure.ts'
import { nameOf, type Peer } from './peer.ts'

const KEEP_ALIVE_MS = 30_000

/** @throws Failure PEER_UNREACHABLE */
export function connectTo(peer: Peer): Promise<Socket> {
  const { host, port, timeoutMs } = peer
  return new Promise((resolve, reject) => {
    // Nagle's algorithm would cost 40 ms for each instance.
    const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS })
    const fail = (words: string, cause?: unknown) => {
      clearTimeout(timer)
      socket.destroy()
      reject(new Failure('PEER_UNREACHABLE', `${nameOf(peer)}: ${words}`, { cause }))
    }
    const timer = setTimeout(() => fail(`no connection within ${timeoutMs} ms`), timeoutMs)
    const refused = (error: Error) => fail('code' in error ? `${error.code}` : 'no connection', error)
    socket.once('error', refused)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.off('error', refused)
      resolve(socket)
    })
  })
}
