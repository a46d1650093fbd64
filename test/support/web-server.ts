import { once } from 'node:events'
import {
  createServer as createHttp,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttps, type ServerOptions } from 'node:https'
import { onTestFinished } from 'vitest'

export type WebCall = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}
/** Answers the `before + 1`st call. */
type Script = (call: WebCall, response: ServerResponse, before: number) => void

/** An HTTP (with `tls` HTTPS) server that does as the script says, whatever that is; closed when the test ends. */
export async function startWebServer(script: Script, tls?: ServerOptions) {
  const calls: WebCall[] = []
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method = '', url: path = '', headers } = request
    const call = { method, path, headers, body: Buffer.concat(chunks) }
    script(call, response, calls.push(call) - 1)
  }
  const server = tls ? createHttps(tls, take) : createHttp(take)
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    server,
    url: new URL(`${tls ? 'https' : 'http'}://127.0.0.1:${address.port}/dicom-web/`),
    port: address.port,
    calls,
  }
}

export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/dicom+json' }).end(JSON.stringify(value))
}

const items = (uids: readonly string[], more: object) =>
  uids.map((uid) => ({ '00081155': { vr: 'UI', Value: [uid] }, ...more }))
const us = (value: number) => ({ vr: 'US', Value: [value] })

/** The Store Instances Response Module, PS3.18 Annex I. */
export const stored = ({
  taken = [],
  warned = [],
  failed = [],
}: {
  taken?: string[]
  warned?: [string, number][]
  failed?: [string, number][]
}) => ({
  '00081199': {
    vr: 'SQ',
    Value: [...items(taken, {}), ...warned.flatMap(([uid, reason]) => items([uid], { '00081196': us(reason) }))],
  },
  ...(failed.length > 0 && {
    '00081198': { vr: 'SQ', Value: failed.flatMap(([uid, reason]) => items([uid], { '00081197': us(reason) })) },
  }),
})

/** The parts of a multipart/related body, in order. */
export function partsOf({ headers, body }: WebCall): Buffer[] {
  const boundary = /boundary=([^;]+)/.exec(headers['content-type'] ?? '')?.[1] ?? ''
  const text = body.toString('latin1')
  return text
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => Buffer.from(part.slice(part.indexOf('\r\n\r\n') + 4, -2), 'latin1'))
}
