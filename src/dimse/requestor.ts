import type { Socket } from 'node:net'
import { Failure } from '../failure.ts'
import { connectTo } from '../tls/connect.ts'
import { parseAssociationAccept } from './association-accept.ts'
import { type Command, encodeRequest, encodeResponse, RESPONSE_BIT, type Request, type Response } from './command.ts'
import { releaseRequest, releaseResponse } from './encode-association.ts'
import { MAXIMUM_MESSAGE_BYTES } from './message-data-set.ts'
import { MessageReader } from './message-reader.ts'
import { invalid, MAXIMUM_PDU_LENGTH, SMALLEST_PDU_LENGTH, unexpected } from './pdu.ts'
import { nameOf, type Peer } from './peer.ts'
import type { Proposal } from './proposal.ts'
import { REJECTED_TRANSIENT } from './rejection.ts'
import { classOf } from './status.ts'
import { type End, UpperLayer } from './upper-layer.ts'

type Waiting<T> = { resolve(value: T): void; reject(failure: Failure): void }
type Awaited = Waiting<Command> & { readonly messageId: number; readonly onMatch: OnMatch | undefined }
/** Takes the data set of each Pending response. */
type OnMatch = (dataSet: Buffer) => void
/** Performs a request of the peer's, other than a C-STORE. */
export type OnRequest = (contextId: number, command: Command, dataSet: Buffer) => Promise<Response>
type Incoming = { readonly contextId: number; readonly command: Command; readonly chunks: Buffer[]; bytes: number }

/** An association we asked for: one request at a time, and what the peer may ask of us meanwhile. */
export class RequestedAssociation {
  /** The transfer syntax of each accepted presentation context, by its ID. */
  accepted: ReadonlyMap<number, string> = new Map()
  /** The longest P-DATA-TF to send. */
  maximumPduLength = MAXIMUM_PDU_LENGTH
  readonly #socket: Socket
  readonly #peer: Peer
  readonly #upper: UpperLayer
  readonly #reader: MessageReader
  #opening: Waiting<void> | undefined
  #awaited: Awaited | undefined
  #incoming: Incoming | undefined
  readonly #onRequest: OnRequest | undefined
  #failure: Failure | undefined
  #messageId = 0

  constructor(socket: Socket, peer: Peer, onRequest?: OnRequest) {
    this.#socket = socket
    this.#peer = peer
    this.#onRequest = onRequest
    this.#reader = new MessageReader((contextId) => this.accepted.has(contextId), {
      command: (contextId, command) => this.#begin(contextId, command),
      data: (bytes) => this.#data(bytes),
      complete: () => this.#complete(),
    })
    this.#upper = new UpperLayer(socket, 'Sta5', {
      accepted: (body) => this.#accepted(body),
      data: (pdv, bytes, complete) => this.#reader.read(pdv, bytes, complete),
      releaseRequested: () => {
        void this.#upper.send(releaseResponse())
        this.#upper.end({ outcome: 'released', words: 'the peer released the association' })
      },
      ended: (end) => this.#ended(end),
    })
  }

  /** @throws Failure PEER_UNREACHABLE, ASSOCIATION_REJECTED, ASSOCIATION_REJECTED_TRANSIENT, ASSOCIATION_ABORTED */
  open(sendRequest: (socket: Socket) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#opening = { resolve, reject }
      this.#expect('the association request was not answered')
      sendRequest(this.#socket)
    })
  }

  /**
   * Sends a request, its data set if any, and waits for the final response; `onMatch` takes what comes before it.
   * @throws Failure PEER_SILENT, ASSOCIATION_ABORTED; and what `dataSet` throws, the association then being aborted
   */
  async request(
    contextId: number,
    command: Omit<Request, 'messageId' | 'hasDataSet'>,
    dataSet?: AsyncIterable<Buffer>,
    onMatch?: OnMatch,
  ): Promise<Command> {
    if (this.#failure) throw this.#failure
    this.#messageId = (this.#messageId % 0xffff) + 1
    const messageId = this.#messageId
    const response = new Promise<Command>((resolve, reject) => {
      this.#awaited = { messageId, onMatch, resolve, reject }
    })
    // It may fail while data is still being sent; whoever awaits it below hears of it.
    response.catch(() => {})
    try {
      await this.#send(encodeRequest(contextId, { ...command, messageId, hasDataSet: dataSet !== undefined }))
      for await (const pdus of dataSet ?? []) await this.#send(pdus)
    } catch (error) {
      this.#upper.abort({ outcome: 'aborted', words: 'the data set could not be sent' })
      throw error
    }
    if (this.#awaited) this.#expect('the request was not answered')
    else this.#upper.watchdog.stop()
    return response
  }

  /** Keeps the association open for what the peer still asks of us, until `until` resolves or the association ends. */
  async linger(until: Promise<unknown>): Promise<void> {
    await Promise.race([until, this.#upper.closed])
  }

  async release(): Promise<void> {
    if (this.#upper.state === 'Sta6') {
      this.#upper.state = 'Sta7'
      this.#upper.watchdog.deadline(this.#peer.timeoutMs, () => this.abort())
      void this.#upper.send(releaseRequest())
    }
    await this.#upper.closed
  }

  /** Whether nothing more can be asked over it. */
  get ended(): boolean {
    return this.#failure !== undefined
  }

  abort(): void {
    this.#upper.abort({ outcome: 'aborted', words: 'aborted by us' })
  }

  #expect(words: string): void {
    const { timeoutMs } = this.#peer
    this.#upper.watchdog.deadline(timeoutMs, () =>
      this.#upper.abort({ outcome: 'timed out', words: `${words} within ${timeoutMs} ms` }),
    )
  }

  async #send(pdus: Buffer): Promise<void> {
    this.#expect('data was not taken')
    await this.#upper.send(pdus)
    if (this.#failure) throw this.#failure
  }

  #accepted(body: Buffer): void {
    const { accepted, maximumPduLength } = parseAssociationAccept(body)
    if (maximumPduLength !== 0 && maximumPduLength < SMALLEST_PDU_LENGTH) {
      const words = `it takes PDUs of ${maximumPduLength} bytes at most`
      this.#failure = new Failure('ASSOCIATION_REJECTED', `${nameOf(this.#peer)}: ${words}`)
      this.#upper.abort({ outcome: 'aborted', words })
      return
    }
    this.accepted = accepted
    if (maximumPduLength !== 0) this.maximumPduLength = Math.min(maximumPduLength, MAXIMUM_PDU_LENGTH)
    this.#upper.watchdog.stop()
    this.#opening?.resolve()
    this.#opening = undefined
  }

  #begin(contextId: number, command: Command): void {
    this.#incoming = { contextId, command, chunks: [], bytes: 0 }
    if (!command.hasDataSet) return
    const wanted = (command.field & RESPONSE_BIT) === 0 ? this.#onRequest : this.#awaited?.onMatch
    if (!wanted) throw unexpected('a data set that nothing asked for')
  }

  #data(bytes: Buffer): void {
    const incoming = this.#incoming
    if (!incoming) return
    incoming.chunks.push(Buffer.from(bytes))
    incoming.bytes += bytes.length
    if (incoming.bytes > MAXIMUM_MESSAGE_BYTES) throw invalid('a data set that is too long for a message')
  }

  #complete(): void {
    const incoming = this.#incoming
    this.#incoming = undefined
    if (!incoming) return
    const { contextId, command, chunks } = incoming
    if ((command.field & RESPONSE_BIT) !== 0) this.#responded(command, Buffer.concat(chunks))
    else this.#requested(contextId, command, Buffer.concat(chunks))
  }

  #responded(response: Command, dataSet: Buffer): void {
    const awaited = this.#awaited
    if (!awaited || response.messageIdBeingRespondedTo !== awaited.messageId)
      throw unexpected('a response to no request of ours')
    if (response.status !== undefined && classOf(response.status) === 'Pending') {
      this.#expect('the request was not answered to its end')
      awaited.onMatch?.(dataSet)
      return
    }
    this.#upper.watchdog.stop()
    awaited.resolve(response)
    this.#awaited = undefined
  }

  #requested(contextId: number, command: Command, dataSet: Buffer): void {
    if (!this.#onRequest || command.messageId === undefined) throw unexpected('a request where a response is due')
    void this.#onRequest(contextId, command, dataSet).then((response) =>
      this.#upper.send(encodeResponse(contextId, command, response)),
    )
  }

  #ended(end: End): void {
    this.#failure ??= this.#failureOf(end)
    this.#opening?.reject(this.#failure)
    this.#awaited?.reject(this.#failure)
    this.#opening = undefined
    this.#awaited = undefined
  }

  /** Before the association nothing can have been stored; after it the peer may have acted on what it did not answer. */
  #failureOf({ outcome, words, rejectionResult }: End): Failure {
    const message = `${nameOf(this.#peer)}: ${words || outcome}`
    if (outcome === 'rejected')
      return new Failure(
        rejectionResult === REJECTED_TRANSIENT ? 'ASSOCIATION_REJECTED_TRANSIENT' : 'ASSOCIATION_REJECTED',
        message,
      )
    if (outcome === 'aborted' || outcome === 'aborted by peer') return new Failure('ASSOCIATION_ABORTED', message)
    return new Failure(this.#opening ? 'PEER_UNREACHABLE' : 'PEER_SILENT', message)
  }
}

/** @throws Failure PEER_UNREACHABLE, ASSOCIATION_REJECTED, ASSOCIATION_REJECTED_TRANSIENT, ASSOCIATION_ABORTED */
export async function openAssociation(
  peer: Peer,
  proposals: readonly Proposal[],
  onRequest?: OnRequest,
): Promise<RequestedAssociation> {
  // 25 MB that a node which only receives can do without.
  const { sendAssociationRequest } = await import('./library.ts')
  const association = new RequestedAssociation(await connectTo({ ...peer, name: nameOf(peer) }), peer, onRequest)
  await association.open((socket) => sendAssociationRequest(socket, peer, proposals))
  return association
}
