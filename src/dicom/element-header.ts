/** VRs with two reserved bytes and a length of four, PS3.5 Table 7.1-1. */
const LONG_VRS: readonly string[] = ['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']
/** Items and their delimitations have no VR in any transfer syntax, PS3.5 section 7.5. */
const ITEM_GROUP = 0xfffe

export const hasLongLength = (vr: string): boolean => LONG_VRS.includes(vr)

/** `vr` is UN where none is said, `length` 0xFFFFFFFF where undefined; `valueAt` counts from the buffer's start. */
export type ElementHeader = {
  readonly tag: number
  readonly vr: string
  readonly length: number
  readonly valueAt: number
}

function headerOf(bytes: number, tag: number): Buffer {
  // Of the pool: a report has thousands, and memory of its own for each would cost more than writing it.
  const header = Buffer.allocUnsafe(bytes).fill(0)
  header.writeUInt16LE(tag >>> 16, 0)
  header.writeUInt16LE(tag & 0xffff, 2)
  return header
}

/** What stands before a value in Explicit VR Little Endian, PS3.5 section 7.1.2. @throws RangeError when it is too long for its VR */
export function explicitHeader(tag: number, vr: string, length: number): Buffer {
  const long = hasLongLength(vr)
  const header = headerOf(long ? 12 : 8, tag)
  header.write(vr, 4, 'latin1')
  if (long) header.writeUInt32LE(length, 8)
  else header.writeUInt16LE(length, 6)
  return header
}

/** What stands before a value in Implicit VR Little Endian, PS3.5 section 7.1.3, and before an item in either. */
export function implicitHeader(tag: number, length: number): Buffer {
  const header = headerOf(8, tag)
  header.writeUInt32LE(length, 4)
  return header
}

/** @throws RangeError when the bytes end before the header does */
export function readImplicitHeader(bytes: Buffer, at: number): ElementHeader {
  const tag = bytes.readUInt16LE(at) * 0x10000 + bytes.readUInt16LE(at + 2)
  return { tag, vr: 'UN', length: bytes.readUInt32LE(at + 4), valueAt: at + 8 }
}

/** @throws RangeError when the bytes end before the header does */
export function readExplicitHeader(bytes: Buffer, at: number): ElementHeader {
  const implicit = readImplicitHeader(bytes, at)
  if (implicit.tag >>> 16 === ITEM_GROUP) return implicit
  const vr = bytes.toString('latin1', at + 4, at + 6)
  return hasLongLength(vr)
    ? { tag: implicit.tag, vr, length: bytes.readUInt32LE(at + 8), valueAt: at + 12 }
    : { tag: implicit.tag, vr, length: bytes.readUInt16LE(at + 6), valueAt: at + 8 }
}
