import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import { errorCode, Failure } from '../failure.ts'
import { countedFrame } from './syslog-message.ts'

export type Repository = {
  readonly host: string
  readonly port: number
  readonly transport: 'tls' | 'udp'
  /** PEM files. */
  readonly ca?: string | undefined
  readonly certificate?: string | undefined
  readonly key?: string | undefined
}

/** Resolves when the repository has them, as far as its transport can tell. @throws Failure PEER_UNREACHABLE, PEER_SILENT */
export type SendSyslog = (messages: readonly Buffer[]) => Promise<void>

const ANSWER_MS = 10_000
/** A port nobody listens on is told by ICMP, which takes a moment. */
const REFUSAL_MS = 20

export const syslogSender = (repository: Repository): SendSyslog =>
  repository.transport === 'tls'
    ? (messages) => sendTls(repository, messages)
    : (messages) => sendUdp(repository, messages)

const unreachable = ({ host, port }: Repository, cause: unknown) => {
  return new Failure('PEER_UNREACHABLE', `audit repository ${host}:${port}: ${errorCode(cause) ?? 'failed'}`, { cause })
}

/**
 * Syslog has no acknowledgement. So each batch has a connection of its own, which we close: when the repository closes
 * its side in turn, without an error, it has read all of it.
 */
async function sendTls(repository: Repository, messages: readonly Buffer[]): Promise<void> {
  const read = async (path: string | undefined) => (path === undefined ? undefined : await readFile(path))
  const [ca, cert, key] = await Promise.all([repository.ca, repository.certificate, repository.key].map(read)).catch(
    (cause: unknown) => {
      throw unreachable(repository, cause)
    },
  )
  const { host, port } = repository
  const socket = connect({
    ...{ host, port, minVersion: 'TLSv1.2' },
    ...(isIP(host) === 0 && { servername: host }),
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
  })
  try {
    await transmit(socket, repository, messages)
  } finally {
    socket.destroy()
  }
}

async function transmit(socket: TLSSocket, repository: Repository, messages: readonly Buffer[]): Promise<void> {
  const closed = new Promise<void>((resolve, reject) => {
    socket.once('error', (error) => reject(unreachable(repository, error)))
    socket.once('close', resolve)
    socket.setTimeout(ANSWER_MS, () => {
      reject(new Failure('PEER_SILENT', `audit repository ${repository.host}:${repository.port} does not answer`))
    })
  })
  // It may fail before it is waited for.
  closed.catch(() => {})
  socket.resume()
  await Promise.race([once(socket, 'secureConnect').catch(() => closed), closed.then(() => gone(repository))])
  socket.end(Buffer.concat(messages.map(countedFrame)))
  await closed
}

function gone(repository: Repository): never {
  throw unreachable(repository, new Error('closed'))
}

/** RFC 5426: one datagram a message. Lost ones nobody tells of; only a port that refuses is noticed. */
async function sendUdp(repository: Repository, messages: readonly Buffer[]): Promise<void> {
  try {
    const { address, family } = await lookup(repository.host)
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
    const refused = once(socket, 'error').then(([error]) => Promise.reject(error))
    refused.catch(() => {})
    try {
      socket.connect(repository.port, address)
      await Promise.race([once(socket, 'connect'), refused])
      for (const message of messages)
        await Promise.race([
          refused,
          new Promise<void>((resolve, reject) => socket.send(message, (error) => (error ? reject(error) : resolve()))),
        ])
      await Promise.race([refused, sleep(REFUSAL_MS)])
    } finally {
      socket.close()
    }
  } catch (error) {
    throw unreachable(repository, error)
  }
}
