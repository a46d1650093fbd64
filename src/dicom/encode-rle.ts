const HEADER_BYTES = 64
const LONGEST_RUN = 128

/** How often the byte at `at` comes in a row, 128 at most. */
function runAt(bytes: Uint8Array, at: number): number {
  let end = at + 1
  while (end < bytes.length && end - at < LONGEST_RUN && bytes[end] === bytes[at]) end++
  return end - at
}

/** PackBits, PS3.5 G.3.1: runs of three and more, and what lies between them; even in length. */
function pack(bytes: Uint8Array): Uint8Array {
  const packed = new Uint8Array(bytes.length + Math.ceil(bytes.length / LONGEST_RUN) + 1)
  let to = 0
  for (let at = 0; at < bytes.length; ) {
    const run = runAt(bytes, at)
    if (run >= 3) {
      packed[to++] = 257 - run
      packed[to++] = bytes[at] ?? 0
      at += run
      continue
    }
    let end = at + run
    while (end < bytes.length && end - at < LONGEST_RUN && runAt(bytes, end) < 3) end++
    packed[to++] = end - at - 1
    packed.set(bytes.subarray(at, end), to)
    to += end - at
    at = end
  }
  return packed.subarray(0, to + (to % 2))
}

/** One frame of 8-bit samples, interleaved, as RLE Lossless: a segment for each sample (PS3.5 Annex G). */
export function encodeRle(frame: Uint8Array, samples: number): Uint8Array {
  const segments = Array.from({ length: samples }, (_, sample) =>
    pack(Uint8Array.from({ length: frame.length / samples }, (_, i) => frame[i * samples + sample] ?? 0)),
  )
  const coded = new Uint8Array(HEADER_BYTES + segments.reduce((sum, { length }) => sum + length, 0))
  const header = new DataView(coded.buffer)
  header.setUint32(0, samples, true)
  let at = HEADER_BYTES
  for (const [i, segment] of segments.entries()) {
    header.setUint32(4 + 4 * i, at, true)
    coded.set(segment, at)
    at += segment.length
  }
  return coded
}
