import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { Server as Hl7Server } from 'node-hl7-server'
import { onTestFinished } from 'vitest'
import { freePort, untilListening } from './ports.ts'

/** An MLLP listener of another make, which acknowledges with AA; closed when the test ends. */
export async function startHl7Listener() {
  const port = await freePort()
  const messages: string[] = []
  const server = new Hl7Server({ bindAddress: '127.0.0.1' })
  const inbound = server.createInbound({ port }, async (request, response) => {
    messages.push(request.getMessage().toString())
    await response.sendResponse('AA')
  })
  onTestFinished(async () => void (await inbound.close()))
  await untilListening(port)
  return { port, messages }
}

/** A listener that answers each message with whatever the script gives, unframed; nothing for undefined. */
export async function startMllp(script: (message: string, before: number) => string | undefined, tls?: TlsOptions) {
  const messages: string[] = []
  const listener = (socket: Socket) => {
    let received = ''
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      received += chunk.toString('utf8')
      const end = received.indexOf('\x1c\r')
      if (end < 0) return
      const message = received.slice(received.indexOf('\x0b') + 1, end)
      received = received.slice(end + 2)
      const answer = script(message, messages.push(message) - 1)
      if (answer === 'CUT') socket.destroy()
      else if (answer !== undefined) socket.write(answer)
    })
  }
  const server: Server = tls ? createTlsServer(tls, listener) : createServer(listener)
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, messages }
}

const controlIdOf = (message: string) => message.split('\r')[0]?.split('|')[9] ?? ''

/** An acknowledgement of the message, in its frame. */
export const acknowledge = (message: string, code: string, more = '', controlId = controlIdOf(message)) =>
  `\x0bMSH|^~\\&|HIS|H|MCADS|H|20260101||ACK^R01|1|P|2.5.1\rMSA|${code}|${controlId}|${more}\r\x1c\r`
