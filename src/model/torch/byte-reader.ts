import { Failure } from '../../failure.ts'

/** Reads on from `offset`; never beyond the end. */
export class ByteReader {
  readonly #bytes: Buffer
  offset: number

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.offset = offset
  }

  /** A view, not a copy. */
  take(length: number): Buffer {
    const end = this.offset + length
    if (!Number.isSafeInteger(end) || length < 0 || end > this.#bytes.length)
      throw new Failure('MODEL_INVALID', 'the checkpoint is cut short')
    const taken = this.#bytes.subarray(this.offset, end)
    this.offset = end
    return taken
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.offset)
    if (end < 0) throw new Failure('MODEL_INVALID', 'the checkpoint is cut short')
    const text = this.#bytes.toString('utf8', this.offset, end)
    this.offset = end + 1
    return text
  }

  uint8 = (): number => this.take(1).readUInt8()
  uint16 = (): number => this.take(2).readUInt16LE()
  int32 = (): number => this.take(4).readInt32LE()
  uint32 = (): number => this.take(4).readUInt32LE()
  /** @throws Failure MODEL_INVALID when it is larger than any file */
  int64 = (): number => {
    const value = Number(this.take(8).readBigInt64LE())
    if (!Number.isSafeInteger(value) || value < 0)
      throw new Failure('MODEL_INVALID', 'the checkpoint is damaged: a length is not possible')
    return value
  }
  float64 = (): number => this.take(8).readDoubleBE()
  text = (length: number): string => this.take(length).toString('utf8')
}
