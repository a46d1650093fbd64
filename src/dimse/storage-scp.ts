import { createServer, type Server, type Socket } from 'node:net'
import { Failure } from '../failure.ts'
import { checkProtocol, openAdmission, type Policy } from './admission.ts'
import { localLimitExceeded, type Rejection } from './rejection.ts'
import { normalAddress } from './remote-hosts.ts'
import type { AssociationPeer } from './scp-events.ts'
import { DEFAULT_LIMITS, DEFAULT_TIMERS, type Limits, type StorageScpOptions } from './scp-options.ts'
import { type AcceptorOptions, StorageAssociation } from './storage-association.ts'

export type StorageScp = AsyncDisposable & {
  readonly port: number
  /** false once closed, and after an error until the next connection is accepted. */
  readonly listening: boolean
  /** Those accepted and not ended. */
  associations(): (AssociationPeer & { readonly instances: number; readonly durationMs: number })[]
}

const KEEP_ALIVE_MS = 30_000
const BACKLOG = 128

/** The associations of one SCP, and whether there is room for more. */
class Associations {
  readonly #all = new Set<StorageAssociation>()
  readonly #limits: Limits

  constructor(limits: Limits) {
    this.#limits = limits
  }

  add(association: StorageAssociation): void {
    this.#all.add(association)
    association.closed.finally(() => this.#all.delete(association))
  }

  all(): StorageAssociation[] {
    return [...this.#all]
  }

  /** A connection that would be one too many before an association. */
  crowded(remoteAddress: string): boolean {
    const negotiating = this.all().filter((each) => each.negotiating)
    const same = negotiating.filter((each) => each.remoteAddress === remoteAddress)
    const { beforeNegotiation, beforeNegotiationPerAddress } = this.#limits
    return negotiating.length >= beforeNegotiation || same.length >= beforeNegotiationPerAddress
  }

  full(remoteAddress: string): Rejection | undefined {
    const established = this.all().filter((each) => each.established)
    const { associations, associationsPerAddress } = this.#limits
    if (established.length >= associations) return localLimitExceeded(`${associations} associations are open`)
    const same = established.filter((each) => each.remoteAddress === remoteAddress)
    if (same.length < associationsPerAddress) return undefined
    return localLimitExceeded(`${associationsPerAddress} associations are open from ${remoteAddress}`)
  }
}

function policyOf(options: StorageScpOptions, associations: Associations): Policy {
  const { admit, acceptNewAssociation } = options
  const policy = typeof admit === 'function' ? admit : openAdmission(admit.calledAeTitles, admit.peers)
  return async (request, remoteAddress) => {
    const refused = checkProtocol(request) ?? (await policy(request, remoteAddress))
    if (refused) return refused
    if (acceptNewAssociation && !acceptNewAssociation()) return localLimitExceeded('no room for new instances')
    return associations.full(remoteAddress)
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Failure('PORT_UNAVAILABLE', `cannot listen on ${host}:${port}`, { cause })),
    )
    server.listen({ host, port, backlog: BACKLOG }, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}

/**
 * A Storage and Verification SCP. Success is answered only when the sink's `finish` has resolved. Closing it stops
 * listening, lets what is being stored be answered, and aborts every association.
 * @throws Failure PORT_UNAVAILABLE, CONFIG_INVALID
 */
export async function openStorageScp(options: StorageScpOptions): Promise<StorageScp> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const timers = { ...DEFAULT_TIMERS, ...options.timers }
  const associations = new Associations(limits)
  const acceptor: AcceptorOptions = { ...options, limits, timers, admit: policyOf(options, associations) }
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS })
  let failed = false
  server.on('connection', (socket: Socket) => {
    failed = false
    const remoteAddress = normalAddress(socket.remoteAddress ?? '')
    if (!associations.crowded(remoteAddress)) return associations.add(new StorageAssociation(socket, acceptor))
    socket.on('error', () => {})
    socket.destroy()
    options.events.connectionDropped(remoteAddress, 'too many connections without an association')
  })
  const port = await listen(server, options.host, options.port)
  server.on('error', () => {
    failed = true
    options.events.connectionDropped('', 'a connection could not be accepted')
  })
  return {
    port,
    get listening() {
      return server.listening && !failed
    },
    associations: () =>
      associations
        .all()
        .flatMap(({ established, peer, instances, openedAt }) =>
          established && peer ? [{ ...peer, instances, durationMs: Date.now() - openedAt }] : [],
        ),
    async [Symbol.asyncDispose]() {
      const stopped = new Promise((resolve) => server.close(resolve))
      await Promise.all(associations.all().map((each) => each.close()))
      await stopped
    },
  }
}
