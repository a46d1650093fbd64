import type { Socket } from 'node:net'
import { errorCode } from '../failure.ts'
import { tlsWords } from '../tls/words.ts'
import { actionOf, type State } from './association-state.ts'
import { abort, releaseResponse } from './encode-association.ts'
import { AbortReason, AbortSource, MAXIMUM_PDU_LENGTH, type PduName, ProtocolError } from './pdu.ts'
import { PduReader, type Pdv } from './pdu-reader.ts'
import { rejectionText } from './rejection.ts'
import { Watchdog } from './watchdog.ts'

export type End = {
  readonly outcome: 'released' | 'rejected' | 'aborted' | 'aborted by peer' | 'connection lost' | 'timed out'
  readonly words: string
  /** Of an A-ASSOCIATE-RJ received. */
  readonly rejectionResult?: number
}

export type UpperLayerUser = {
  requested?(body: Buffer): void
  accepted?(body: Buffer): void
  data(pdv: Pdv, bytes: Buffer, complete: boolean): void
  releaseRequested?(): void
  /** Once, when no more will be sent or received. */
  ended(end: End): void
}

/** How long a peer may take to close its side of the transport after the last PDU. */
const CLOSING_MS = 1000

/**
 * One association's DICOM Upper Layer over an open socket, PS3.8: framing, the states of Table 9-10, A-ABORT, and an
 * end in bounded time. It never throws into the socket's events; whatever goes wrong aborts this association alone.
 */
export class UpperLayer {
  readonly watchdog = new Watchdog()
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>
  state: State
  bytesReceived = 0
  readonly #socket: Socket
  readonly #user: UpperLayerUser
  readonly #reader: PduReader
  #holds = 0

  constructor(socket: Socket, state: 'Sta2' | 'Sta5', user: UpperLayerUser) {
    this.#socket = socket
    this.#user = user
    this.state = state
    const handler = {
      begin: (name: PduName) => this.#begin(name),
      control: (name: PduName, body: Buffer) => this.#control(name, body),
      value: (pdv: Pdv, bytes: Buffer, complete: boolean) => this.#value(pdv, bytes, complete),
    }
    this.#reader = new PduReader(handler, MAXIMUM_PDU_LENGTH)
    socket.on('data', (chunk) => this.#guard(() => this.#received(chunk)))
    socket.on('error', (error) => this.#lost(`the connection failed: ${tlsWords(errorCode(error) ?? error.name)}`))
    socket.on('end', () => this.#lost('the peer closed the connection'))
    this.closed = new Promise((resolve) =>
      socket.once('close', () => {
        this.#lost('the connection was closed')
        this.watchdog.stop()
        resolve()
      }),
    )
  }

  /** Asks the peer's transport to wait until `resume` was called as often as `pause`. */
  pause(): void {
    if (this.#holds++ === 0) this.#socket.pause()
  }

  resume(): void {
    if (--this.#holds === 0) this.#socket.resume()
  }

  /**
   * Sends PDUs; resolves when the transport has taken them, so that what they stand in may change. Nothing is sent once
   * the association ended.
   */
  send(pdus: Buffer): Promise<void> {
    if (this.state === 'Sta13') return Promise.resolve()
    return new Promise((resolve) => this.#socket.write(pdus, () => resolve()))
  }

  /** Sends A-ABORT, PS3.8 AA-1 and AA-8, and ends. */
  abort(end: End, source: number = AbortSource.ServiceUser, reason: AbortReason = AbortReason.NotSpecified): void {
    if (this.state === 'Sta13') return
    void this.send(abort(source, reason))
    this.end(end)
  }

  /** Ends after the last PDU: the peer has a moment to close, then the socket is destroyed. */
  end(end: End): void {
    if (this.state === 'Sta13') return
    this.state = 'Sta13'
    this.#reader.stop()
    this.#socket.end()
    this.#socket.resume()
    this.watchdog.deadline(CLOSING_MS, () => this.#socket.destroy())
    this.#user.ended(end)
  }

  /** Runs what belongs to this association so that its failure ends no more than this association. */
  #guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      const reason = error instanceof ProtocolError ? error.reason : AbortReason.NotSpecified
      const words = error instanceof ProtocolError ? error.message : 'internal error'
      this.abort({ outcome: 'aborted', words }, AbortSource.ServiceProvider, reason)
    }
  }

  #received(chunk: Buffer): void {
    this.bytesReceived += chunk.length
    if (this.state !== 'Sta13') this.#reader.push(chunk)
  }

  #lost(words: string): void {
    if (this.state === 'Sta13') return
    this.end({ outcome: 'connection lost', words })
  }

  #begin(name: PduName): void {
    const action = actionOf(this.state, name)
    if (action === 'AA-1') throw new ProtocolError(AbortReason.UnexpectedPdu, `${name} before an association`)
    if (action === 'AA-8') throw new ProtocolError(AbortReason.UnexpectedPdu, `${name} is unexpected`)
  }

  #control(name: PduName, body: Buffer): void {
    const action = actionOf(this.state, name)
    if (action === 'AE-6') {
      this.state = 'Sta3'
      this.#user.requested?.(body)
    } else if (action === 'AE-3') {
      this.state = 'Sta6'
      this.#user.accepted?.(body)
    } else if (action === 'AE-4') {
      const [result, source, reason] = [body.readUInt8(1), body.readUInt8(2), body.readUInt8(3)]
      this.end({ outcome: 'rejected', words: rejectionText(result, source, reason), rejectionResult: result })
    } else if (action === 'AR-2') {
      this.state = 'Sta8'
      this.#user.releaseRequested?.()
    } else if (action === 'AR-8') {
      void this.send(releaseResponse())
      this.state = 'Sta11'
    } else if (action === 'AR-3') this.end({ outcome: 'released', words: '' })
    else if (action === 'AA-3') this.end({ outcome: 'aborted by peer', words: `A-ABORT, reason ${body.readUInt8(3)}` })
  }

  #value(pdv: Pdv, bytes: Buffer, complete: boolean): void {
    if (this.state === 'Sta6') this.#user.data(pdv, bytes, complete)
  }
}
