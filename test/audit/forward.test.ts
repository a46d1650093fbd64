import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer, type TLSSocket } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { openForwarder } from '../../src/audit/forwarder.ts'
import { syslogMessage } from '../../src/audit/syslog-message.ts'
import { type Repository, type SendSyslog, syslogSender } from '../../src/audit/syslog-sender.ts'
import { TrailWriter } from '../../src/audit/trail-writer.ts'
import type { Failure } from '../../src/failure.ts'
import { Authority } from '../support/certificates.ts'
import { freePort } from '../support/dcmtk.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { until } from '../support/recording-scp.ts'
import { rsyslog } from '../support/rsyslog.ts'

const MESSAGE = (nth: number) =>
  `<AuditMessage><EventIdentification EventDateTime="2026-11-27T03:04:05.678Z"/>é${nth}</AuditMessage>`

async function trail(directory: string) {
  const writer = new TrailWriter({ directory, onFailure: () => {}, lost: String })
  onTestFinished(() => writer[Symbol.asyncDispose]())
  return writer
}

type Watched = { failures: Failure[]; unsent: () => number }
function forward(
  directory: string,
  own: () => { has(file: string): boolean },
  send: SendSyslog,
  orphanMs?: number,
): Watched {
  const failures: Failure[] = []
  let unsentBytes = -1
  const onLook = (bytes: number) => {
    unsentBytes = bytes
  }
  const onFailure = (failure: Failure) => void failures.push(failure)
  const forwarder = openForwarder({
    directory,
    own,
    send,
    onFailure,
    onLook,
    everyMs: 50,
    ...(orphanMs && { orphanMs }),
  })
  onTestFinished(() => forwarder[Symbol.asyncDispose]())
  return { failures, unsent: () => unsentBytes }
}

const numbers = (received: readonly string[]) => received.map((line) => Number(/é(\d+)</.exec(line)?.[1]))
const upTo = (count: number) => Array.from({ length: count }, (_, nth) => nth)

test('a message is RFC 5424: facility 10, severity 5, its own time, MSGID DICOM+RFC3881, UTF-8 with its mark', () => {
  const message = syslogMessage(MESSAGE(1)).toString('utf8')
  expect(message).toMatch(
    /^<85>1 2026-11-27T03:04:05\.678Z \S+ mcads \d+ DICOM\+RFC3881 - \ufeff<AuditMessage>.*<\/AuditMessage>$/,
  )
})

describeWith(['/usr/sbin/rsyslogd', 'openssl'], 'an rsyslogd as audit repository', () => {
  async function mutual() {
    const folder = await temporaryFolder()
    const authority = await Authority.open()
    const { ca } = authority
    const repository = await rsyslog(folder, { ...(await authority.issue({ commonName: 'repository' })), ca })
    const ours = await authority.issue({ commonName: 'node' })
    const to: Repository = { host: 'localhost', port: repository.port, transport: 'tls', ...ours }
    return { repository, to: { ...to, ca } }
  }

  test('over mutual TLS it gets all, once and in order; what was written while it was down, when it is back', async () => {
    const { repository, to } = await mutual()
    const directory = await temporaryFolder()
    const writer = await trail(directory)
    for (const nth of upTo(100)) writer.add(MESSAGE(nth))
    const { failures, unsent } = forward(directory, () => writer.own, syslogSender(to))
    await until(() => failures.length > 0)
    expect(failures[0]?.message).toBe(`audit repository localhost:${to.port}: ECONNREFUSED`)
    const stop = await repository.start()
    await until(async () => (await repository.received()).length === 100)
    await until(() => unsent() === 0)
    await stop()
    for (const nth of upTo(50)) writer.add(MESSAGE(100 + nth))
    await until(() => failures.length > 1)
    await repository.start()
    await until(async () => (await repository.received()).length >= 150)
    await sleep(300)
    const received = await repository.received()
    expect(numbers(received)).toEqual(upTo(150))
    expect(received[0]).toMatch(/^85 mcads DICOM\+RFC3881 2026-11-27T03:04:05\.678.* \ufeff?<AuditMessage>/)
    expect(failures).toHaveLength(2)
  })

  test('one whose certificate is of another authority, or that refuses ours, gets nothing', async () => {
    const { repository, to } = await mutual()
    await repository.start()
    const stranger = await Authority.open('other')
    const send = (change: Partial<Repository>) => syslogSender({ ...to, ...change })([syslogMessage(MESSAGE(1))])
    await expect(send({ ca: stranger.ca })).rejects.toMatchObject({
      code: 'PEER_UNREACHABLE',
    })
    await expect(send({ ...(await stranger.issue({ commonName: 'stranger' })) })).rejects.toMatchObject({
      code: 'PEER_UNREACHABLE',
    })
    await expect(send({ certificate: undefined, key: undefined })).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' })
    expect(await repository.received()).toEqual([])
  })

  test('over UDP it gets each message as a datagram; a port that nobody listens on is noticed', async () => {
    const folder = await temporaryFolder()
    const repository = await rsyslog(folder)
    const send = syslogSender({ host: '127.0.0.1', port: repository.port, transport: 'udp' })
    await expect(send([syslogMessage(MESSAGE(0))])).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' })
    await repository.start()
    await until(async () => {
      await send([syslogMessage(MESSAGE(0))]).catch(() => {})
      return (await repository.received()).length > 0
    })
    await send([syslogMessage(MESSAGE(1)), syslogMessage(MESSAGE(2))])
    await until(async () => numbers(await repository.received()).includes(2))
    expect(numbers(await repository.received()).filter((nth) => nth > 0)).toEqual([1, 2])
  })
})

describeWith(['openssl'], 'a repository that misbehaves', () => {
  /** Answers each TLS connection with `answer`. */
  async function repositoryThat(answer: (socket: TLSSocket) => void): Promise<Repository> {
    const authority = await Authority.open()
    const { certificate, key } = await authority.issue({ commonName: 'repository' })
    const options = { cert: readFileSync(certificate), key: readFileSync(key), allowHalfOpen: true }
    const server = createServer(options, (socket) => {
      socket.on('error', () => {})
      answer(socket)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const address = server.address()
    if (typeof address !== 'object' || !address) throw new Error('not listening')
    return { host: 'localhost', port: address.port, transport: 'tls', ca: authority.ca }
  }

  test('one that breaks off before it has read all is sent the batch again', async () => {
    let connections = 0
    const received: string[] = []
    const repository = await repositoryThat((socket) => {
      const chunks: Buffer[] = []
      if (++connections < 3) return void socket.once('data', () => socket.destroy())
      socket
        .on('data', (chunk) => chunks.push(chunk))
        .on('end', () => {
          received.push(Buffer.concat(chunks).toString())
          socket.end()
        })
    })
    const directory = await temporaryFolder()
    const writer = await trail(directory)
    const { unsent } = forward(directory, () => writer.own, syslogSender(repository))
    for (const nth of upTo(3000)) writer.add(MESSAGE(nth))
    await until(() => unsent() === 0 && received.length > 0)
    const all = received.join('')
    expect([...all.matchAll(/é(\d+)</g)].map((match) => Number(match[1]))).toEqual(upTo(3000))
    // Octet counting, RFC 5425 section 4.3.
    const [, length, rest = ''] = /^(\d+) (.*)$/s.exec(all) ?? []
    expect(Buffer.from(rest).subarray(0, Number(length)).toString()).toBe(syslogMessage(MESSAGE(0)).toString())
  })
})

test('what a process that died had not sent another sends, and what it had sent nobody sends again', async () => {
  const directory = await temporaryFolder()
  const dead = await trail(directory)
  dead.add(MESSAGE(0))
  await dead[Symbol.asyncDispose]()
  const sent: string[] = []
  const send = async (messages: readonly Buffer[]) => void sent.push(...messages.map(String))
  const first = forward(directory, () => new Set(), send, 60_000)
  await until(() => first.unsent() > 0)
  expect(sent).toEqual([])
  const [file = ''] = [...dead.own.keys()]
  const longAgo = new Date(Date.now() - 120_000)
  await utimes(join(directory, file), longAgo, longAgo)
  await until(() => first.unsent() === 0)
  expect(numbers(sent)).toEqual([0])
})

test('a repository that is down keeps no one from writing', async () => {
  const directory = await temporaryFolder()
  await mkdir(directory, { recursive: true })
  const writer = await trail(directory)
  const to: Repository = { host: '127.0.0.1', port: await freePort(), transport: 'tls' }
  const { failures, unsent } = forward(directory, () => writer.own, syslogSender(to))
  writer.add(MESSAGE(1))
  await until(() => failures.length > 0 && unsent() > 0)
  await sleep(200)
  expect(failures).toHaveLength(1)
})
