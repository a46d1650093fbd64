import { Failure } from '../failure.ts'
import type { ImageSize } from './image-size.ts'

const HEADER_BYTES = 64

/**
 * RLE Lossless, PS3.5 Annex G: stored values as bytes, little-endian, samples interleaved.
 * @throws Failure PIXELS_UNREADABLE
 */
export function decodeRle(coded: Uint8Array, { rows, columns, samples, bitsAllocated }: ImageSize): Uint8Array {
  const bytesPerSample = bitsAllocated / 8
  const segments = samples * bytesPerSample
  const view = new DataView(coded.buffer, coded.byteOffset, coded.byteLength)
  if (coded.length < HEADER_BYTES || view.getUint32(0, true) !== segments || segments > 15)
    throw new Failure('PIXELS_UNREADABLE', 'the RLE header does not fit the image')
  const decoded = new Uint8Array(rows * columns * segments)
  for (let segment = 0; segment < segments; segment++) {
    const start = view.getUint32(4 + 4 * segment, true)
    const end = segment + 1 < segments ? view.getUint32(8 + 4 * segment, true) : coded.length
    // Segments go sample by sample, most significant byte first.
    const sample = Math.floor(segment / bytesPerSample)
    const place = sample * bytesPerSample + (bytesPerSample - 1 - (segment % bytesPerSample))
    unpack(coded.subarray(start, end), decoded, place, segments)
  }
  return decoded
}

/** PackBits, PS3.5 G.3.2, into every `step`th byte from `start`. */
function unpack(packed: Uint8Array, into: Uint8Array, start: number, step: number): void {
  let at = start
  let from = 0
  while (from < packed.length && at < into.length) {
    const header = packed[from++] ?? 0
    if (header === 128) continue
    const literal = header < 128
    const count = literal ? header + 1 : 257 - header
    for (let i = 0; i < count && at < into.length && from + (literal ? i : 0) < packed.length; i++, at += step)
      into[at] = packed[literal ? from + i : from] ?? 0
    from += literal ? count : 1
  }
  if (at < into.length) throw new Failure('PIXELS_UNREADABLE', 'an RLE segment is too short')
}
