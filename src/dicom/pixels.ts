import { Failure } from '../failure.ts'
import { decodeFrame } from './codecs.ts'
import { checkCodestream } from './codestream.ts'
import { readCodestreams } from './fragments.ts'
import { type Header, parseHeader } from './header.ts'
import { checkNativeLength, type ImageSize, imageSize } from './image-size.ts'
import { decodeRle } from './rle.ts'
import { type AnyStoredValues, bitsOf, floatsOf, valuesOf } from './stored-values.ts'
import { isEncapsulated, TransferSyntax } from './transfer-syntaxes.ts'

export type StoredPixels = {
  readonly rows: number
  readonly columns: number
  readonly samples: number
  readonly frames: number
  readonly bitsAllocated: number
  readonly bitsStored: number
  readonly signed: boolean
  readonly photometric: string
  /** frames × rows × columns × samples, as they stand in Bits Allocated: no masking, no colour or modality conversion. */
  readonly values: AnyStoredValues
}

const MAX_VALUES = 200_000_000

const broken = (message: string) => new Failure('PIXELS_UNREADABLE', message)

/**
 * The pixels of a Part 10 file. Blocks while it decodes, and on corrupt pixels can do so for ever: only for a process
 * that may be killed.
 * @throws Failure DATA_SET_UNREADABLE, PIXELS_UNREADABLE
 */
export async function decodeFrames(
  part10: Uint8Array,
  options: { readonly frames: 'first' | 'all' },
): Promise<StoredPixels> {
  const header = parseHeader(part10)
  const size = imageSize(header)
  const frames = options.frames === 'first' ? 1 : size.frames
  const { rows, columns, samples, bitsAllocated } = size
  if (rows * columns * samples * frames > MAX_VALUES) throw broken('the image has more than 200 million values')
  const bitsStored = header.number('BitsStored') ?? bitsAllocated
  if (bitsStored < 1 || bitsStored > bitsAllocated) throw broken('Bits Stored is not within Bits Allocated')
  const signed = header.number('PixelRepresentation') === 1
  const photometric = header.string('PhotometricInterpretation') ?? 'MONOCHROME2'
  const about = { ...size, bitsStored, signed, photometric }
  const values = readFloats(header, about, frames) ?? (await readIntegers(header, about, frames))
  return { rows, columns, samples, frames, bitsAllocated, bitsStored, signed, photometric, values }
}

const FLOATS: Readonly<Record<number, string>> = { 32: 'FloatPixelData', 64: 'DoubleFloatPixelData' }

/** Undefined where the image has whole numbers, as all but parametric maps have. */
function readFloats(header: Header, { frameBits, bitsAllocated }: About, wanted: number): AnyStoredValues | undefined {
  const keyword = FLOATS[bitsAllocated]
  const bytes = keyword && header.bytes(keyword)
  if (!bytes) return undefined
  if (header.transferSyntaxUid === TransferSyntax.ExplicitVrBigEndian)
    throw broken('big endian floats are not supported')
  const length = (frameBits / 8) * wanted
  if (bytes.length < length) throw broken('the floats are fewer than Rows and Columns say')
  return floatsOf(bytes.subarray(0, length), bitsAllocated)
}

async function readIntegers(header: Header, about: About, wanted: number): Promise<AnyStoredValues> {
  const { bitsAllocated, frameBits, signed } = about
  if (![1, 8, 16, 32].includes(bitsAllocated)) throw broken(`Bits Allocated of ${bitsAllocated} is not supported`)
  if (isEncapsulated(header.transferSyntaxUid)) {
    if (bitsAllocated === 1) throw broken('compressed single bits are not supported')
    return valuesOf(await decodeEncapsulated(header, about, wanted), bitsAllocated, signed)
  }
  const bytes = readNative(header, about, wanted)
  return bitsAllocated === 1 ? bitsOf(bytes, frameBits * wanted) : valuesOf(bytes, bitsAllocated, signed)
}

type About = ImageSize & { readonly bitsStored: number; readonly signed: boolean; readonly photometric: string }

async function decodeEncapsulated(header: Header, about: About, wanted: number): Promise<Uint8Array> {
  const { transferSyntaxUid, pixelDataAt } = header
  if (!pixelDataAt) throw broken('PixelData is missing')
  if (pixelDataAt.length !== undefined) throw broken('Pixel Data is not encapsulated')
  const codestreams = readCodestreams(pixelDataAt.bytes, pixelDataAt.offset, about.frames, wanted)
  const frameBytes = (about.rows * about.columns * about.samples * about.bitsAllocated) / 8
  const all = new Uint8Array(frameBytes * wanted)
  const decodeCoded = async (coded: Uint8Array) => {
    const { bytes, planar } = checkCodestream(coded, about)
    const decoded = await decodeFrame({ ...about, transferSyntaxUid, codestream: bytes })
    return planar ? interleave(decoded, about) : decoded
  }
  for (const [index, coded] of codestreams.entries()) {
    const frame = transferSyntaxUid === TransferSyntax.RleLossless ? decodeRle(coded, about) : await decodeCoded(coded)
    if (frame.length !== frameBytes) throw broken('the decoded frame has another size than Rows and Columns say')
    all.set(frame, index * frameBytes)
  }
  return all
}

function readNative(header: Header, size: About, wanted: number): Uint8Array {
  const at = header.pixelDataAt
  if (!at || at.length === undefined) throw broken('PixelData is missing')
  if (size.samples > 1 && size.bitsAllocated === 1) throw broken('colour of single bits is not supported')
  if (size.photometric === 'YBR_FULL_422') throw broken('native YBR_FULL_422 is not supported')
  checkNativeLength(size, at.length)
  const end = at.offset + Math.ceil((size.frameBits * wanted) / 8)
  if (end > at.bytes.length) throw broken('the file ends before its Pixel Data does')
  const bytes = littleEndian(at.bytes.subarray(at.offset, end), header, size)
  return size.samples > 1 && header.number('PlanarConfiguration') === 1 ? interleave(bytes, size) : bytes
}

/** The file's own bytes where they can be read as numbers, else a copy. Never a Buffer, whose `slice` is no copy. */
function littleEndian(bytes: Uint8Array, { transferSyntaxUid }: Header, { bitsAllocated }: About): Uint8Array {
  const { buffer, byteOffset, length } = bytes
  const swapped = transferSyntaxUid === TransferSyntax.ExplicitVrBigEndian && bitsAllocated > 8
  if (!swapped && byteOffset % Math.max(1, bitsAllocated / 8) === 0) return new Uint8Array(buffer, byteOffset, length)
  const copy = Uint8Array.from(bytes)
  if (swapped && bitsAllocated === 16) Buffer.from(copy.buffer).swap16()
  if (swapped && bitsAllocated === 32) Buffer.from(copy.buffer).swap32()
  return copy
}

/** Planar Configuration 1 (all of one sample, then all of the next) to 0, frame by frame: PS3.3 C.7.6.3.1.3. */
function interleave(planar: Uint8Array, { rows, columns, samples, bitsAllocated }: ImageSize): Uint8Array {
  const width = bitsAllocated / 8
  const plane = rows * columns
  const frameBytes = plane * samples * width
  const interleaved = new Uint8Array(planar.length)
  for (let at = 0; at < planar.length; at++) {
    const within = at % frameBytes
    const value = Math.floor(within / width)
    const target = (value % plane) * samples + Math.floor(value / plane)
    interleaved[at - within + target * width + (within % width)] = planar[at] ?? 0
  }
  return interleaved
}
