import { Failure } from '../../failure.ts'

const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
const LOCAL_HEADER = 0x04034b50
const LONGEST_COMMENT = 65_557

const broken = (message: string) => new Failure('MODEL_INVALID', `the checkpoint's zip archive ${message}`)

function endOfDirectory(zip: Buffer): number {
  for (let at = zip.length - 22; at >= Math.max(0, zip.length - LONGEST_COMMENT); at--)
    if (zip.readUInt32LE(at) === END_OF_DIRECTORY) return at
  throw broken('is cut short')
}

function entryBytes(zip: Buffer, at: number): [string, Buffer] {
  if (zip.readUInt32LE(at) !== DIRECTORY_ENTRY) throw broken('is damaged')
  const name = zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28))
  const [size, local] = [zip.readUInt32LE(at + 24), zip.readUInt32LE(at + 42)]
  if (zip.readUInt16LE(at + 10) !== 0) throw broken('is compressed: PyTorch stores')
  if (size === 0xffffffff || local === 0xffffffff) throw broken('is larger than 4 GB')
  if (zip.readUInt32LE(local) !== LOCAL_HEADER) throw broken('is damaged')
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
  if (start + size > zip.length) throw broken('is cut short')
  return [name, zip.subarray(start, start + size)]
}

/**
 * Name to bytes (views, not copies) of what PyTorch wrote: entries that are stored, not compressed.
 * @throws Failure MODEL_INVALID
 */
export function readZipEntries(bytes: Uint8Array): Map<string, Buffer> {
  const zip = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = endOfDirectory(zip)
  const entries = new Map<string, Buffer>()
  try {
    let at = zip.readUInt32LE(end + 16)
    for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
      entries.set(...entryBytes(zip, at))
      at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
    }
  } catch (cause) {
    throw cause instanceof Failure ? cause : broken('is damaged')
  }
  return entries
}
