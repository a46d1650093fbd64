/** Memory that begins at a page, as direct writes want it: the buffer of a size that may change always does, others only by chance. */
export const pageAligned = (bytes: number): Buffer =>
  Buffer.from(new ArrayBuffer(bytes, { maxByteLength: bytes }), 0, bytes)

/** Memory that is used again, in blocks of one size: nothing is left to collect of what passes through it. */
export class BlockPool {
  readonly #bytes: number
  readonly #kept: number
  readonly #free: Buffer[] = []

  /** At most `kept` blocks are kept while nobody has them. */
  constructor(bytes: number, kept: number) {
    this.#bytes = bytes
    this.#kept = kept
  }

  /** A block with whatever is in it; the one last given back, which the processor may still have in its cache. */
  take(): Buffer {
    return this.#free.pop() ?? pageAligned(this.#bytes)
  }

  /** Its taker has no more use for it. */
  give(block: Buffer): void {
    if (this.#free.length < this.#kept) this.#free.push(block)
  }
}
