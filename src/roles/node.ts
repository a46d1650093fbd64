import { keepConfiguration } from '../audit/last-configuration.ts'
import type { Config } from '../config/schema.ts'
import { Resources } from '../lifecycle.ts'
import type { Events } from '../observe/events.ts'
import { openServer } from '../serve/server.ts'
import { configurationHash } from './configuration-hash.ts'
import { readModelSettings } from './model-settings.ts'
import { auditDirectory } from './node-audit.ts'
import { openParts, type Parts } from './parts.ts'

export const ROLES = ['receiver', 'worker', 'sender', 'api'] as const
export type Role = (typeof ROLES)[number]

export type Node = AsyncDisposable & {
  readonly events: Events
  readonly httpPort: number
  /** Where the receiver listens; undefined without that role. */
  readonly dicomPort: number | undefined
  /** Where it listens for TLS; undefined without. */
  readonly dicomTlsPort: number | undefined
}

/** Another part in place of the built one: tests hold the node up at a hand-over with it. */
export type Overrides = (parts: Parts) => Partial<Parts>

/**
 * Starts the roles in this process, and loads no other role's modules; what was opened is closed again when one of them
 * cannot start.
 */
export async function startNode(
  config: Config,
  roles: readonly Role[],
  overrides: Overrides = () => ({}),
): Promise<Node> {
  await using resources = new Resources()
  await readModelSettings(config)
  const built = await openParts(config, resources)
  const parts = { ...built, ...overrides(built) }
  if (roles.includes('worker')) resources.use(await (await import('./worker.ts')).startWorker(parts))
  if (roles.includes('sender')) resources.use(await (await import('./sender.ts')).startSender(parts))
  const receiver = roles.includes('receiver')
    ? resources.use(await (await import('./receiver.ts')).startReceiver(parts))
    : undefined
  if (roles.includes('api')) resources.use((await import('./api.ts')).startApi(parts))
  const { registry } = parts.metrics
  const server = resources.use(
    await openServer({
      ...config.http,
      checks: parts.checks,
      metrics: () => registry.metrics(),
      metricsType: registry.contentType,
    }),
  )
  const hash = configurationHash(config)
  const before = await keepConfiguration(auditDirectory(config), roles.join('-'), hash)
  parts.events.nodeStarted(roles, server.port, hash)
  if (before !== undefined && before !== hash) parts.events.configurationChanged(before, hash)
  const running = resources.move()
  return {
    events: parts.events,
    httpPort: server.port,
    dicomPort: receiver?.port,
    dicomTlsPort: receiver?.tlsPort,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  }
}
