import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { onTestFinished } from 'vitest'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** Listens on a port of its own until the test ends. */
async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return (address satisfies AddressInfo).port
}

export const httpServer = async (handler: Handler): Promise<URL> =>
  new URL(`http://127.0.0.1:${await listen(createServer(handler))}/`)

/** `bytes=N-`: N. */
const startOf = ({ headers }: IncomingMessage) => Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)

/**
 * Serves one content under every path, in parts where asked, as GitHub's storage does. `breakAfter` says for each request
 * after how many bytes the connection breaks; `ranges` is what was asked for.
 */
export async function releaseServer(content: { bytes: Buffer; etag?: string }, breakAfter: number[] = []) {
  const ranges: (string | undefined)[] = []
  const url = await httpServer((request, response) => {
    const { bytes, etag } = content
    ranges.push(request.headers.range)
    const same = request.headers['if-range'] === undefined || request.headers['if-range'] === etag
    const start = same ? startOf(request) : 0
    const broken = breakAfter.shift()
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': bytes.length - start,
      ...(etag !== undefined && { etag }),
      ...(start > 0 && { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
    })
    if (broken === undefined) return void response.end(bytes.subarray(start))
    response.write(bytes.subarray(start, start + broken), () => setTimeout(() => response.destroy(), 50))
  })
  return { url, ranges }
}

/** A forward proxy; `seen` is what it was asked for, with its credentials. */
export async function proxyServer(refuse?: number) {
  const seen: { target: string | undefined; authorization: string | undefined }[] = []
  const note = ({ url, headers }: IncomingMessage) =>
    seen.push({ target: url, authorization: headers['proxy-authorization'] })
  const server = createServer((incoming, response) => {
    note(incoming)
    if (refuse !== undefined) return void response.writeHead(refuse).end()
    request(incoming.url ?? '', { headers: incoming.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    }).end()
  })
  server.on('connect', (incoming, client) => {
    note(incoming)
    if (refuse !== undefined) return void client.end(`HTTP/1.1 ${refuse} Refused\r\n\r\n`)
    const [host = '', port] = (incoming.url ?? '').split(':')
    const target = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      target.pipe(client).pipe(target)
    })
    for (const socket of [target, client]) socket.on('error', () => [target, client].map((each) => each.destroy()))
  })
  return { url: new URL(`http://127.0.0.1:${await listen(server)}/`), seen }
}
