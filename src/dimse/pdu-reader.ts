import { ITEMS_OFFSET } from './association-items.ts'
import {
  AbortReason,
  invalid,
  MAXIMUM_ASSOCIATE_LENGTH,
  PDU_HEADER_BYTES,
  PDV_HEADER_BYTES,
  type PduName,
  ProtocolError,
  pduName,
} from './pdu.ts'

/** A presentation data value's header, PS3.8 Annex E. */
export type Pdv = { readonly contextId: number; readonly isCommand: boolean; readonly isLast: boolean }

export type PduHandler = {
  /** At each PDU's header, before any of its body is kept. */
  begin(name: PduName): void
  /** A whole PDU other than P-DATA-TF. */
  control(name: PduName, body: Buffer): void
  /** A piece of a PDV, in the network's buffer: only until this returns; `complete` with the PDV's last piece. */
  value(pdv: Pdv, bytes: Buffer, complete: boolean): void
}

/** A-ASSOCIATE-RJ, A-RELEASE-RQ and -RP, A-ABORT: four bytes, PS3.8 sections 9.3.4 to 9.3.8. */
const CONTROL_LENGTH = 4
const NOTHING = Buffer.alloc(0)

/**
 * Frames PDUs and PDVs out of a byte stream. Nothing is concatenated and no more is kept than a header or an
 * association PDU; a length that cannot be is refused when its header has come.
 * @throws ProtocolError from `push`; the reader is of no use afterwards
 */
export class PduReader {
  readonly #handler: PduHandler
  readonly #maximumPduLength: number
  #stopped = false
  #step: (chunk: Buffer, at: number) => number = this.#readHeader
  #gathered = Buffer.alloc(PDU_HEADER_BYTES)
  #filled = 0
  #name: PduName = 'A-ABORT'
  #pduLeft = 0
  #pdv: Pdv = { contextId: 0, isCommand: false, isLast: false }
  #pdvLeft = 0

  constructor(handler: PduHandler, maximumPduLength: number) {
    this.#handler = handler
    this.#maximumPduLength = maximumPduLength
  }

  /** Reads nothing more, not even the rest of the chunk at hand. */
  stop(): void {
    this.#stopped = true
  }

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.#stopped; ) at = this.#step(chunk, at)
  }

  /** Bytes of the chunk up to `this.#gathered` full; what is full is handed to `then`. */
  #gather(chunk: Buffer, at: number, then: (bytes: Buffer) => void): number {
    const end = Math.min(chunk.length, at + this.#gathered.length - this.#filled)
    chunk.copy(this.#gathered, this.#filled, at, end)
    this.#filled += end - at
    if (this.#filled === this.#gathered.length) then(this.#gathered)
    return end
  }

  #expect(step: (chunk: Buffer, at: number) => number, length: number): void {
    this.#step = step
    this.#filled = 0
    if (this.#gathered.length !== length) this.#gathered = Buffer.allocUnsafe(length)
  }

  #readHeader(chunk: Buffer, at: number): number {
    return this.#gather(chunk, at, (header) => {
      const name = pduName(header.readUInt8(0))
      if (!name) throw new ProtocolError(AbortReason.UnrecognizedPdu, 'not a DICOM PDU')
      const length = header.readUInt32BE(2)
      this.#checkLength(name, length)
      this.#name = name
      this.#handler.begin(name)
      this.#pduLeft = length
      if (name === 'P-DATA-TF') this.#expect(this.#readPdvHeader, PDV_HEADER_BYTES)
      else this.#expect(this.#readControl, length)
    })
  }

  #checkLength(name: PduName, length: number): void {
    const [shortest, longest] = this.#bounds(name)
    if (length < shortest || length > longest) throw invalid(`${name} of ${length} bytes`)
  }

  #bounds(name: PduName): readonly [number, number] {
    if (name === 'P-DATA-TF') return [PDV_HEADER_BYTES, this.#maximumPduLength]
    if (name === 'A-ASSOCIATE-RQ' || name === 'A-ASSOCIATE-AC') return [ITEMS_OFFSET, MAXIMUM_ASSOCIATE_LENGTH]
    return [CONTROL_LENGTH, CONTROL_LENGTH]
  }

  #readControl(chunk: Buffer, at: number): number {
    return this.#gather(chunk, at, (body) => {
      this.#gathered = NOTHING
      this.#expect(this.#readHeader, PDU_HEADER_BYTES)
      this.#handler.control(this.#name, body)
    })
  }

  #readPdvHeader(chunk: Buffer, at: number): number {
    return this.#gather(chunk, at, (header) => {
      const length = header.readUInt32BE(0)
      if (length < 2 || length + 4 > this.#pduLeft) throw invalid('a PDV is longer than its P-DATA-TF')
      const control = header.readUInt8(5)
      this.#pdv = { contextId: header.readUInt8(4), isCommand: (control & 1) !== 0, isLast: (control & 2) !== 0 }
      this.#pduLeft -= length + 4
      this.#pdvLeft = length - 2
      if (this.#pduLeft > 0 && this.#pduLeft < PDV_HEADER_BYTES) throw invalid('a P-DATA-TF ends inside a PDV header')
      this.#step = this.#readValue
      if (this.#pdvLeft === 0) this.#readValue(NOTHING, 0)
    })
  }

  #readValue(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#pdvLeft)
    this.#pdvLeft -= end - at
    const complete = this.#pdvLeft === 0
    if (complete) {
      if (this.#pduLeft > 0) this.#expect(this.#readPdvHeader, PDV_HEADER_BYTES)
      else this.#expect(this.#readHeader, PDU_HEADER_BYTES)
    }
    this.#handler.value(this.#pdv, chunk.subarray(at, end), complete)
    return end
  }
}
