import type { Socket } from 'node:net'
import { Resources } from '../lifecycle.ts'
import { openAdmission } from './admission.ts'
import { Associations } from './associations.ts'
import { checkProtocol } from './check-protocol.ts'
import { type Identify, openIdentification } from './identify-user.ts'
import { openListener } from './listener.ts'
import type { Origin } from './origin.ts'
import { openReadBuffer } from './read-buffer.ts'
import { localLimitExceeded } from './rejection.ts'
import { normalAddress } from './remote-hosts.ts'
import type { AssociationPeer } from './scp-events.ts'
import { DEFAULT_LIMITS, DEFAULT_TIMERS, type StorageScpOptions } from './scp-options.ts'
import { type AcceptorOptions, StorageAssociation } from './storage-association.ts'
import { openTlsDoor, type TlsDoor } from './tls-door.ts'

export type StorageScp = AsyncDisposable & {
  /** Where it listens: the plain port, or the TLS port where that is the only one. */
  readonly port: number
  readonly tlsPort: number | undefined
  /** false once closed, and after an error until the next connection is accepted. */
  readonly listening: boolean
  /** Those accepted and not ended. */
  associations(): (AssociationPeer & { readonly instances: number; readonly durationMs: number })[]
}

function admission(options: StorageScpOptions, associations: Associations): AcceptorOptions['admit'] {
  const { admit, identity, noRoomFor } = options
  const policy = typeof admit === 'function' ? admit : openAdmission(admit)
  const identify: Identify = identity ? openIdentification(identity) : async () => ({})
  return async (request, origin) => {
    const refused = checkProtocol(request) ?? (await policy(request, origin))
    if (refused) return refused
    const identified = await identify(request, origin)
    if ('reason' in identified) return identified
    const noRoom = noRoomFor?.(request.callingAeTitle)
    if (noRoom !== undefined) return localLimitExceeded(noRoom)
    return associations.full(request.callingAeTitle, origin) ?? identified
  }
}

/**
 * A Storage and Verification SCP. Success is answered only when the sink's `finish` has resolved. Closing it stops
 * listening, lets what is being stored be answered, and aborts every association.
 * @throws Failure PORT_UNAVAILABLE, CONFIG_INVALID
 */
export async function openStorageScp(options: StorageScpOptions): Promise<StorageScp> {
  const { host, port, tls, events } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const timers = { ...DEFAULT_TIMERS, ...options.timers }
  const associations = new Associations(limits)
  const acceptor: AcceptorOptions = { ...options, limits, timers, admit: admission(options, associations) }
  const enter = (socket: Socket, origin: Origin) => associations.add(new StorageAssociation(socket, origin, acceptor))
  const door =
    tls &&
    openTlsDoor(
      { ...tls, handshakeMs: timers.handshakeMs },
      { ready: enter, refused: (remoteAddress, words) => events.connectionDropped(remoteAddress, words) },
    )
  const reading = openReadBuffer()
  const connectedTo = (through?: TlsDoor) => (socket: Socket) => {
    const remoteAddress = normalAddress(socket.remoteAddress ?? '')
    socket.on('error', () => {})
    if (associations.crowded(remoteAddress, door?.addresses() ?? [])) {
      socket.destroy()
      events.connectionDropped(remoteAddress, 'too many connections without an association')
    } else if (through) through.enter(socket)
    else enter(reading(socket), { remoteAddress })
  }
  const failed = () => events.connectionDropped('', 'a connection could not be accepted')
  const listen = (at: number, through?: TlsDoor) =>
    openListener({ host, port: at }, { connected: connectedTo(through), failed })
  await using opening = new Resources()
  const plain = port === undefined ? undefined : opening.use(await listen(port))
  const secure = tls && door ? opening.use(await listen(tls.port, door)) : undefined
  const listeners = opening.move()
  return {
    port: plain?.port ?? secure?.port ?? 0,
    tlsPort: secure?.port,
    get listening() {
      return [plain, secure].every((each) => each?.listening ?? true)
    },
    associations: () => associations.all().flatMap(tell),
    async [Symbol.asyncDispose]() {
      const stopped = listeners[Symbol.asyncDispose]()
      door?.close()
      await Promise.all(associations.all().map((each) => each.close()))
      await stopped
    },
  }
}

const tell = ({ established, peer, instances, openedAt }: StorageAssociation) =>
  established && peer ? [{ ...peer, instances, durationMs: Date.now() - openedAt }] : []
