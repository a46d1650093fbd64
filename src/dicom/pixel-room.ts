/** What stands before the pixels of a Secondary Capture is a few KB. */
const BEFORE = 16 * 1024
/** An odd number of pixel bytes is padded. */
const AFTER = 1

/** Memory of files that nobody needs any more, for the next: new memory costs more than what is painted into it. */
const spare: ArrayBuffer[] = []
/** The pages of an image with several findings. */
const MOST_SPARE = 8
/** Sizes differ by a line of text or two: memory is taken in steps of so many bytes. */
const STEP = 2 ** 20

/** Memory in which files were made, and not what is a caller's own. */
const ours = new WeakSet<ArrayBufferLike>()

/** Whoever still holds the file that was made in it before finds that empty: never another patient's pixels. */
function memoryOf(length: number): ArrayBuffer {
  const bytes = Math.ceil(length / STEP) * STEP
  const at = spare.findIndex(({ byteLength }) => byteLength === bytes)
  const [found] = spare.splice(at, at < 0 ? 0 : 1)
  return found ? structuredClone(found, { transfer: [found] }) : Buffer.allocUnsafeSlow(bytes).buffer
}

/** Spare memory, so many pieces at most, to be transferred to a thread that makes files. */
export const lendMemory = (most: number): ArrayBuffer[] => spare.splice(0, most)

/** Takes spare memory from another thread; where there is more than enough, what has waited longest goes. */
export function takeMemory(memory: readonly ArrayBuffer[]): void {
  spare.push(...memory)
  if (spare.length > MOST_SPARE) spare.splice(0, spare.length - MOST_SPARE)
}

/** The memory of a file that is saved, for the next one; of a file made without a room nothing happens. */
export function reuseMemory({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && ours.delete(buffer)) takeMemory([buffer])
}

/**
 * Memory for pixels, with room around them for the rest of a Part 10 file: they become the end of one without being
 * copied. Pixels are written before that, not after.
 */
export class PixelRoom {
  /** Whatever was in that memory before: all of it is to be written. */
  readonly pixels: Uint8Array
  readonly #memory: Uint8Array<ArrayBuffer>
  #used = false

  /** `memory`: that of a room for as many pixels, from another thread, with what was written there. */
  constructor(length: number, memory = memoryOf(BEFORE + length + AFTER)) {
    ours.add(memory)
    this.#memory = new Uint8Array(memory)
    this.pixels = this.#memory.subarray(BEFORE, BEFORE + length)
  }

  /** All of it, to be transferred to another thread; the room is of no use then. */
  get memory(): ArrayBuffer {
    return this.#memory.buffer
  }

  /**
   * The file of these pieces, the pixels and their padding the last of them. Undefined where they are not, where there is
   * no room for the others, and for a second file: the first one has it.
   */
  join(pieces: readonly Uint8Array[]): Uint8Array | undefined {
    const at = pieces.indexOf(this.pixels)
    const lengthOf = (some: readonly Uint8Array[]) => some.reduce((sum, { length }) => sum + length, 0)
    const [before, after] = [lengthOf(pieces.slice(0, at)), lengthOf(pieces.slice(at + 1))]
    if (this.#used || at < 0 || before > BEFORE || after > AFTER) return undefined
    this.#used = true
    const whole = this.#memory.subarray(BEFORE - before, BEFORE + this.pixels.length + after)
    let to = 0
    for (const piece of pieces) {
      if (piece !== this.pixels) whole.set(piece, to)
      to += piece.length
    }
    return whole
  }
}
