import { createServer, type Socket } from 'node:net'
import { Failure } from '../failure.ts'

export type Listener = AsyncDisposable & {
  readonly port: number
  /** false once closed, and after an error until the next connection is accepted. */
  readonly listening: boolean
}

type Where = { readonly host: string; readonly port: number }
type Handlers = { connected(socket: Socket): void; failed(): void }

const KEEP_ALIVE_MS = 30_000
const BACKLOG = 128

/**
 * Listens on a port. Closing it takes no more connections, and resolves when the last one is gone.
 * @throws Failure PORT_UNAVAILABLE
 */
export async function openListener({ host, port }: Where, { connected, failed }: Handlers): Promise<Listener> {
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS })
  let hasFailed = false
  server.on('connection', (socket) => {
    hasFailed = false
    connected(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Failure('PORT_UNAVAILABLE', `cannot listen on ${host}:${port}`, { cause })),
    )
    server.listen({ host, port, backlog: BACKLOG }, resolve)
  })
  server.on('error', () => {
    hasFailed = true
    failed()
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : port,
    get listening() {
      return server.listening && !hasFailed
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
