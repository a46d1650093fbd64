import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { SopClass } from '../dicom/sop-classes.ts'
import { asFailure, Failure } from '../failure.ts'
import { within } from '../lifecycle.ts'
import { type AssociationRequest, parseAssociationRequest } from './association-request.ts'
import { type Command, CommandField, encodeResponse, RESPONSE_BIT } from './command.ts'
import { associationAccept, associationReject, releaseResponse } from './encode-association.ts'
import type { Identified } from './identify-user.ts'
import { type IncomingMessage, openMessage } from './incoming-message.ts'
import { MessageReader } from './message-reader.ts'
import { type AcceptedContext, acceptedOf, negotiate } from './negotiation.ts'
import type { Origin } from './origin.ts'
import { invalid, unexpected } from './pdu.ts'
import type { Pdv } from './pdu-reader.ts'
import type { Rejection } from './rejection.ts'
import type { AssociationPeer } from './scp-events.ts'
import type { Limits, StorageScpOptions, Timers } from './scp-options.ts'
import { Status } from './status.ts'
import { type End, UpperLayer } from './upper-layer.ts'

export type AcceptorOptions = Pick<
  StorageScpOptions,
  'abstractSyntaxes' | 'transferSyntaxes' | 'openSink' | 'beforeRelease' | 'commitment' | 'events'
> & {
  /** Who may come in, and as whose user. */
  readonly admit: (request: AssociationRequest, origin: Origin) => Promise<Identified | Rejection>
  readonly limits: Limits
  readonly timers: Timers
}

/** A release waits no longer for what belongs to it. */
const SETTLING_MS = 2000

type Performing = { readonly command: Command; readonly context: AcceptedContext; readonly message: IncomingMessage }

/** One association of a Storage SCP, from its connection to its end: one operation at a time. */
export class StorageAssociation {
  /** Resolves when the socket is closed and nothing is being performed. */
  readonly closed: Promise<void>
  readonly origin: Origin
  readonly openedAt = Date.now()
  peer: AssociationPeer | undefined
  instances = 0
  readonly #options: AcceptorOptions
  readonly #upper: UpperLayer
  readonly #reader: MessageReader
  #contexts: ReadonlyMap<number, AcceptedContext> = new Map()
  #receiving: Performing | undefined
  #performing: Promise<void> = Promise.resolve()
  #busy = false

  constructor(socket: Socket, origin: Origin, options: AcceptorOptions) {
    this.#options = options
    this.origin = origin
    this.#reader = new MessageReader((contextId) => this.#contexts.has(contextId), {
      command: (contextId, command) => this.#begin(contextId, command),
      data: (bytes) => this.#data(bytes),
      complete: () => this.#complete(),
    })
    this.#upper = new UpperLayer(socket, 'Sta2', {
      requested: (body) => this.#requested(parseAssociationRequest(body)),
      data: (pdv, bytes, complete) => this.#read(pdv, bytes, complete),
      releaseRequested: () => this.#releaseRequested(),
      ended: (end) => this.#ended(end),
    })
    this.closed = this.#upper.closed.then(() => this.#performing)
    this.#upper.watchdog.deadline(options.timers.artimMs, () => this.#timedOut('no A-ASSOCIATE-RQ came in time'))
  }

  /** Whether the association is accepted and has not ended. */
  get established(): boolean {
    return this.peer !== undefined && this.#upper.state !== 'Sta13'
  }

  /** Whether it never was; so it counts until its socket is closed. */
  get negotiating(): boolean {
    return this.peer === undefined
  }

  /** Lets an operation that is being performed be answered, then aborts. */
  async close(): Promise<void> {
    await this.#performing
    this.#upper.abort({ outcome: 'aborted', words: 'the node is stopping' })
    await this.closed
  }

  #timedOut(words: string): void {
    this.#upper.abort({ outcome: 'timed out', words })
  }

  #requested(request: AssociationRequest): void {
    Promise.resolve()
      .then(() => this.#options.admit(request, this.origin))
      .then((admitted) => {
        if (this.#upper.state !== 'Sta3') return
        if ('reason' in admitted) this.#reject(request, admitted)
        else this.#accept(request, admitted)
      })
      .catch((error) => this.#upper.abort({ outcome: 'aborted', words: asFailure(error, 'INTERNAL').code }))
  }

  #reject(request: AssociationRequest, { result, source, reason, words }: Rejection): void {
    const { callingAeTitle, calledAeTitle } = request
    const peer = { callingAeTitle, calledAeTitle, ...seen(this.origin) }
    void this.#upper.send(associationReject({ result, source, reason }))
    this.#options.events.associationRejected(peer, words)
    this.#upper.end({ outcome: 'rejected', words })
  }

  #accept(request: AssociationRequest, { userName, confirmed = false }: Identified): void {
    const { callingAeTitle, calledAeTitle } = request
    const { abstractSyntaxes, transferSyntaxes, commitment } = this.#options
    const more = commitment ? [SopClass.StorageCommitmentPushModel] : []
    const contexts = negotiate(request.contexts, { abstractSyntaxes: [...abstractSyntaxes, ...more], transferSyntaxes })
    this.#contexts = acceptedOf(contexts)
    this.peer = {
      associationId: randomUUID(),
      callingAeTitle,
      calledAeTitle,
      ...seen(this.origin),
      ...(userName && { userName }),
    }
    this.#upper.state = 'Sta6'
    // Asynchronous operations and most roles are not answered, so their defaults hold (PS3.7 Annex D.3.3). Of storage
    // commitment we take both: asked to commit, and told by those whom we asked.
    const roles = [...request.roles].filter(
      ([sopClassUid]) =>
        sopClassUid === SopClass.StorageCommitmentPushModel &&
        contexts.some(({ abstractSyntax, transferSyntax }) => abstractSyntax === sopClassUid && transferSyntax),
    )
    void this.#upper.send(associationAccept(request, { contexts, roles: new Map(roles), userConfirmed: confirmed }))
    this.#options.events.associationOpened(this.peer)
    this.#awaitMessage()
  }

  #awaitMessage(): void {
    if (this.#upper.state !== 'Sta6') return
    this.#upper.watchdog.deadline(this.#options.timers.idleMs, () => this.#timedOut('idle for too long'))
  }

  #awaitRest(): void {
    const { dimseMs, minimumBytesPerSecond } = this.#options.timers
    const minimum = (minimumBytesPerSecond * dimseMs) / 1000
    const expired = () => this.#timedOut('a message came too slowly')
    this.#upper.watchdog.progress(dimseMs, minimum, () => this.#upper.bytesReceived, expired)
  }

  /** Storage that hangs is not to keep associations open for ever. */
  #awaitOurselves(): void {
    const { answerMs } = this.#options.timers
    this.#upper.watchdog.deadline(answerMs, () => this.#timedOut('storage did not get done in time'))
  }

  #read(pdv: Pdv, bytes: Buffer, complete: boolean): void {
    if (this.#busy) throw unexpected('a message before the last one was answered')
    const begins = !this.#reader.within
    this.#reader.read(pdv, bytes, complete)
    if (begins && this.#reader.within) this.#awaitRest()
  }

  #begin(contextId: number, command: Command): void {
    const context = this.#contexts.get(contextId)
    if (!context || !this.peer) throw unexpected('no such presentation context')
    const { field, messageId } = command
    if (field === CommandField.CCancelRq) return
    if ((field & RESPONSE_BIT) !== 0) throw unexpected('a response that nothing asked for')
    if (messageId === undefined) throw invalid('a request has no Message ID')
    const { openSink, commitment, events, limits } = this.#options
    const { peer } = this
    const message = openMessage(command, context, {
      peer,
      maximumInstanceBytes: limits.instanceBytes,
      openSink,
      commitment,
      refused: (sopInstanceUid, failure) => events.instanceRefused(peer.associationId, sopInstanceUid, failure),
    })
    this.#receiving = { command, context, message }
  }

  #data(bytes: Buffer): void {
    const full = this.#receiving?.message.data(bytes)
    if (!full) return
    // While we are the slow side ourselves, nobody is measured.
    this.#upper.pause()
    this.#awaitOurselves()
    full.finally(() => {
      this.#upper.resume()
      if (this.#reader.within && this.#upper.state === 'Sta6') this.#awaitRest()
    })
  }

  #complete(): void {
    const received = this.#receiving
    this.#receiving = undefined
    if (!received) {
      this.#awaitMessage()
      return
    }
    this.#busy = true
    this.#awaitOurselves()
    this.#performing = this.#perform(received).finally(() => {
      this.#busy = false
    })
  }

  async #perform({ command, context, message }: Performing): Promise<void> {
    const response = await message.perform()
    if (!this.peer || (this.#upper.state !== 'Sta6' && this.#upper.state !== 'Sta8')) return
    if (command.field === CommandField.CStoreRq && response.status === Status.Success) this.instances++
    this.#awaitMessage()
    // A peer that does not read its responses gets no more requests taken, and in the end the idle timer.
    await this.#upper.send(encodeResponse(context.id, command, response))
  }

  #releaseRequested(): void {
    if (this.#reader.within) throw unexpected('a release inside a message')
    const { beforeRelease = async () => {} } = this.#options
    this.#performing = this.#performing.then(async () => {
      // A sender that has heard the release may rely on what follows a Success, unless that takes too long.
      await within(SETTLING_MS, beforeRelease(this.peer?.associationId ?? ''))
      if (this.#upper.state !== 'Sta8') return
      void this.#upper.send(releaseResponse())
      this.#upper.end({ outcome: 'released', words: '' })
    })
  }

  #ended(end: End): void {
    const { events } = this.#options
    const reason = new Failure('ASSOCIATION_ABORTED', `the association ended: ${end.words || end.outcome}`)
    const unfinished = this.#receiving
    this.#receiving = undefined
    if (unfinished) this.#performing = unfinished.message.discard(reason)
    if (end.outcome === 'rejected') return
    if (this.peer)
      events.associationClosed(
        this.peer,
        end.outcome,
        this.instances,
        Date.now() - this.openedAt,
        end.words || undefined,
      )
    else if (this.#upper.bytesReceived > 0 || end.outcome !== 'connection lost')
      events.connectionDropped(this.origin.remoteAddress, end.words)
  }
}

/** What is told of a peer's transport. */
const seen = ({ remoteAddress, tls, certificate }: Origin) => ({
  remoteAddress,
  ...(tls && { tls }),
  ...(certificate && { certificateName: certificate.names[0] ?? certificate.fingerprint256 }),
})
