/** What radiographs have. */
export type StoredValues = Uint8Array | Int8Array | Uint16Array | Int16Array
/** What other images may have besides. */
export type AnyStoredValues = StoredValues | Uint32Array | Int32Array | Float32Array | Float64Array

/** Bytes, little-endian as every platform Node runs on has them, as numbers of 8, 16 or 32 bits. */
export function valuesOf(bytes: Uint8Array, bitsAllocated: number, signed: boolean): AnyStoredValues {
  const { buffer, byteOffset, length } = bytes
  if (bitsAllocated === 8) return signed ? new Int8Array(buffer, byteOffset, length) : bytes
  if (bitsAllocated === 16)
    return signed ? new Int16Array(buffer, byteOffset, length / 2) : new Uint16Array(buffer, byteOffset, length / 2)
  return signed ? new Int32Array(buffer, byteOffset, length / 4) : new Uint32Array(buffer, byteOffset, length / 4)
}

/** One value of each bit, the least significant first (PS3.5 section 8.1.1); frames follow without a gap. */
export const bitsOf = (packed: Uint8Array, count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, at) => ((packed[at >> 3] ?? 0) >> (at & 7)) & 1)

/** Float Pixel Data (OF) or Double Float Pixel Data (OD), PS3.3 C.7.6.24 and C.7.6.25. */
export function floatsOf(bytes: Uint8Array, bitsAllocated: number): Float32Array | Float64Array {
  const own = Uint8Array.from(bytes).buffer
  return bitsAllocated === 32 ? new Float32Array(own) : new Float64Array(own)
}
