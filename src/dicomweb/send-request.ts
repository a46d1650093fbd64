import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../failure.ts'
import { nameOf, type OriginServer } from './origin-server.ts'
import { webFailure } from './web-failure.ts'

export type WebRequest = {
  readonly method: 'GET' | 'POST'
  /** Below the base URI: `studies/1.2.3/instances`. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string | number>>
  readonly body?: AsyncIterable<Uint8Array>
}

export type WebAnswer = {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly body: Buffer
}

/** No answer that we ask for is nearly so long. */
const LONGEST_ANSWER = 8_000_000

/**
 * One request and its whole answer, whatever its status; redirects are not followed.
 * @throws Failure PEER_UNREACHABLE, PEER_SILENT, TLS_FAILED, PEER_NOT_UNDERSTOOD, FILE_UNREADABLE
 */
export async function sendRequest(server: OriginServer, wanted: WebRequest): Promise<WebAnswer> {
  const request = await openRequest(server, wanted)
  const silent = () => request.destroy(new Failure('PEER_SILENT', `${nameOf(server)} does not answer`))
  request.once('timeout', silent)
  let connected = false
  request.once('socket', (socket) => socket.once('connect', () => (connected = true)))
  const answered = answerOf(request)
  let early = false
  request.once('response', () => (early = true))
  let late: NodeJS.Timeout | undefined
  const deadline = () => {
    if (!request.destroyed) late ??= setTimeout(silent, server.timeoutMs)
  }
  try {
    if (wanted.body) await Promise.race([welcome(request), answered])
    // A body that cannot be read destroys the request, which ends what is answered.
    if (!early && !request.destroyed) pipeline(Readable.from(wanted.body ?? []), request).then(deadline, () => {})
    const response = await answered
    deadline()
    const { statusCode = 0, headers } = response
    return { status: statusCode, retryAfter: headers['retry-after'], body: await readBody(server, response) }
  } catch (error) {
    throw webFailure(server, error, connected)
  } finally {
    clearTimeout(late)
    request.destroy()
  }
}

async function openRequest(server: OriginServer, { method, path, headers, body }: WebRequest): Promise<ClientRequest> {
  const { url, tls, timeoutMs } = server
  const authorization = await server.authorization?.()
  const options: RequestOptions = {
    ...{ method, agent: false, timeout: timeoutMs },
    ...{ hostname: url.hostname.replace(/^\[|\]$/g, ''), port: url.port || null },
    path: `${url.pathname.replace(/\/$/, '')}/${path}`,
    headers: {
      ...{ 'user-agent': 'mcads-node', host: url.host },
      ...(authorization && { authorization }),
      ...(body && { expect: '100-continue' }),
      ...headers,
    },
  }
  return url.protocol === 'https:' ? requestHttps({ ...options, ...tls?.() }) : requestHttp(options)
}

/** How long a server that knows nothing of Expect is waited for, RFC 9110 section 10.1.1. */
const EXPECT_MS = 1000

/**
 * Until the server wants the body. One that refuses says so before: sent into its refusal, the body could cut the
 * connection before the refusal is read.
 */
async function welcome(request: ClientRequest): Promise<void> {
  await Promise.race([once(request, 'continue'), once(request, 'close'), sleep(EXPECT_MS, undefined, { ref: false })])
}

function answerOf(request: ClientRequest): Promise<IncomingMessage> {
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve)
    // Again after an answer: it was cut short, which who reads it sees.
    request.on('error', reject)
    request.once('close', () => reject(new Error('closed')))
  })
  answered.catch(() => {})
  return answered
}

async function readBody(server: OriginServer, response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response) {
    chunks.push(chunk)
    length += chunk.length
    if (length > LONGEST_ANSWER)
      throw new Failure('PEER_NOT_UNDERSTOOD', `${nameOf(server)} answered with more than ${LONGEST_ANSWER} bytes`)
  }
  return Buffer.concat(chunks)
}
