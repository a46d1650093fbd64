import { createHash } from 'node:crypto'

/** The name space of this node's derived UIDs: changing it changes every UID ever derived. */
const NAMESPACE = Buffer.from('6f1d8f0a4c1e4b0f9a1c7d5b2e3f4a60', 'hex')

/** The same UID for the same parts, always: `2.25.` and a version 5 UUID in decimal (PS3.5 Annex B.2, RFC 4122 4.3). */
export function derivedUid(...parts: readonly string[]): string {
  const hash = createHash('sha1').update(NAMESPACE).update(parts.join('\0')).digest().subarray(0, 16)
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6)
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8)
  return `2.25.${BigInt(`0x${hash.toString('hex')}`)}`
}
