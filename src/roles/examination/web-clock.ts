import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { OriginServer } from '../../dicomweb/origin-server.ts'

/** How far the clock of a web server is ahead of ours, by the Date header (RFC 9110), to the second; undefined without one. */
export async function webClockAheadMs({ url, tls, timeoutMs }: OriginServer): Promise<number | undefined> {
  const before = Date.now()
  const { headers } = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { method: 'HEAD', agent: false, timeout: timeoutMs, ...tls?.() }
    const request = url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, options)
    request.once('response', (response) => {
      response.resume()
      resolve(response)
    })
    request.once('timeout', () => request.destroy(new Error('silent')))
    request.once('error', reject)
    request.end()
  })
  const told = Date.parse(headers.date ?? '')
  // It was cut to the second: half a second more is the best guess.
  return Number.isNaN(told) ? undefined : told + 500 - (before + Date.now()) / 2
}
