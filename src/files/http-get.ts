import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { errorCode, Failure } from '../failure.ts'
import { proxyFor } from './proxy.ts'

type Headers = Readonly<Record<string, string>>

const SILENCE_MS = 30_000
const MOST_REDIRECTS = 5

const unreachable = (url: URL, why: string, cause?: unknown) =>
  new Failure('PEER_UNREACHABLE', `${url.host} cannot be reached: ${why}`, { cause })

const wordsOf = (error: Error) => errorCode(error) ?? error.message

function credentials({ username, password }: URL): Headers {
  if (username === '') return {}
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` }
}

/** The answer's head; whoever gets it reads or destroys the body. */
function send(url: URL, options: RequestOptions, secure: boolean): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (secure ? requestHttps : requestHttp)(options)
    request.setTimeout(SILENCE_MS, () => request.destroy(new Error(`silent for ${SILENCE_MS / 1000} s`)))
    request.once('response', resolve).once('error', (error) => reject(unreachable(url, wordsOf(error), error)))
    request.end()
  })
}

/** TLS through a proxy, RFC 9110 9.3.6. */
function tunnel(url: URL, proxy: URL): Promise<TLSSocket> {
  const target = `${url.hostname}:${url.port || 443}`
  const through = (why: string, cause?: unknown) => unreachable(url, `the proxy ${proxy.host} ${why}`, cause)
  return new Promise((resolve, reject) => {
    const request = requestHttp({
      ...{ host: proxy.hostname, port: proxy.port || 80, method: 'CONNECT', path: target, timeout: SILENCE_MS },
      headers: { host: target, ...credentials(proxy) },
    })
    request.once('timeout', () => request.destroy(new Error('silent')))
    request.once('error', (error) => reject(through(`does not answer: ${wordsOf(error)}`, error)))
    request.once('response', ({ statusCode }) => reject(through(`answered ${statusCode}`)))
    request.once('connect', ({ statusCode }, socket) => {
      if (statusCode !== 200) return reject(through(`answered ${statusCode}`))
      const secured = connectTls({ socket, servername: isIP(url.hostname) ? '' : url.hostname }, () => resolve(secured))
      secured.once('error', (error) => reject(unreachable(url, wordsOf(error), error)))
    })
    request.end()
  })
}

async function once(url: URL, headers: Headers): Promise<IncomingMessage> {
  const proxy = proxyFor(url, process.env)
  const path = `${url.pathname}${url.search}`
  if (!proxy) {
    const { hostname: host, port } = url
    return send(
      url,
      { host, port: port || undefined, path, headers: { ...headers, host: url.host } },
      url.protocol === 'https:',
    )
  }
  if (url.protocol === 'http:')
    return send(
      url,
      {
        ...{ host: proxy.hostname, port: proxy.port || 80, path: url.href },
        headers: { ...headers, host: url.host, ...credentials(proxy) },
      },
      false,
    )
  const socket = await tunnel(url, proxy)
  const options = { path, headers: { ...headers, host: url.host, connection: 'close' }, createConnection: () => socket }
  return send(url, options, false)
}

/**
 * GET by HTTP or HTTPS, through the proxy that the environment names, after redirects; from HTTPS never to HTTP.
 * @throws Failure PEER_UNREACHABLE
 */
export async function httpGet(address: URL, headers: Headers): Promise<IncomingMessage> {
  let url = address
  for (let left = MOST_REDIRECTS; left >= 0; left--) {
    const response = await once(url, { 'user-agent': 'mcads-node', ...headers })
    const { statusCode = 0, headers: given } = response
    if (![301, 302, 303, 307, 308].includes(statusCode) || !given.location) return response
    response.destroy()
    const next = new URL(given.location, url)
    if (url.protocol === 'https:' && next.protocol !== 'https:') throw unreachable(url, 'it leads away from HTTPS')
    url = next
  }
  throw unreachable(address, `more than ${MOST_REDIRECTS} redirects`)
}
