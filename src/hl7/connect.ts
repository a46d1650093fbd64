import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Failure } from '../failure.ts'
import { nameOf, type Receiver } from './receiver.ts'

/**
 * A connection ready to speak on.
 * @throws Failure PEER_UNREACHABLE, TLS_FAILED
 */
export function connectTo(receiver: Receiver): Promise<Socket> {
  const { host, port, timeoutMs, tls } = receiver
  const socket = tls ? connectTls({ host, port, ...tls() }) : connect({ host, port })
  let reached = false
  socket.once('connect', () => {
    reached = true
  })
  return new Promise((resolve, reject) => {
    const fail = (words: string, cause?: unknown) => {
      clearTimeout(timer)
      socket.destroy()
      const name = nameOf(receiver)
      if (reached) reject(new Failure('TLS_FAILED', `no TLS with ${name}: ${words}`, { cause }))
      else reject(new Failure('PEER_UNREACHABLE', `${name} cannot be reached: ${words}`, { cause }))
    }
    const timer = setTimeout(() => fail(`nothing within ${timeoutMs} ms`), timeoutMs)
    const failed = (error: Error) => fail('code' in error ? String(error.code) : error.name, error)
    socket.once('error', failed)
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      socket.off('error', failed)
      resolve(socket.setNoDelay(true))
    })
  })
}
