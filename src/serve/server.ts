import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import { Failure } from '../failure.ts'
import type { Check } from './health.ts'
import { health } from './health.ts'

export type ServerOptions = {
  host: string
  port: number
  /** What must work for this process to be of use, by name. */
  checks: Readonly<Record<string, Check>>
  /** The metrics as Prometheus text, and its content type. */
  metrics(): Promise<string>
  metricsType: string
}

export type Server = AsyncDisposable & { port: number }

const portOf = (address: AddressInfo | string | null) => (typeof address === 'object' ? address?.port : undefined)

/**
 * /livez: the process answers. /readyz: everything it needs works, else 503 with what does not. /metrics: Prometheus.
 * @throws Failure PORT_UNAVAILABLE
 */
export async function openServer({ host, port, checks, metrics, metricsType }: ServerOptions): Promise<Server> {
  const server = fastify({ logger: false })
  server.get('/livez', () => ({ status: 'ok' }))
  server.get('/readyz', async (_, reply) => {
    const report = await health(checks)
    return reply.code(report.ready ? 200 : 503).send(report)
  })
  server.get('/metrics', async (_, reply) => reply.type(metricsType).send(await metrics()))
  try {
    await server.listen({ host, port })
  } catch (error) {
    await server.close()
    throw new Failure('PORT_UNAVAILABLE', `http: cannot listen on ${host}:${port}; set http.port`, { cause: error })
  }
  return {
    port: portOf(server.server.address()) ?? port,
    [Symbol.asyncDispose]: async () => void (await server.close()),
  }
}
