import { Failure } from '../failure.ts'
import type { Header } from './header.ts'

/** How many stored values an image has and how wide they are, PS3.3 C.7.6.3. */
export type ImageSize = {
  readonly rows: number
  readonly columns: number
  readonly samples: number
  readonly frames: number
  readonly bitsAllocated: number
  /** One frame of native pixel data, in bits. */
  readonly frameBits: number
}

/** @throws Failure DATA_SET_UNREADABLE when an attribute is missing or cannot be */
export function imageSize(header: Header): ImageSize {
  const need = (keyword: string): number => {
    const value = header.number(keyword)
    if (value === undefined) throw new Failure('DATA_SET_UNREADABLE', `${keyword} is missing`)
    return positive(keyword, value)
  }
  const rows = need('Rows')
  const columns = need('Columns')
  const bitsAllocated = need('BitsAllocated')
  const samples = positive('SamplesPerPixel', header.number('SamplesPerPixel') ?? 1)
  const frames = positive('NumberOfFrames', header.number('NumberOfFrames') ?? 1)
  // Two chrominance values for every two pixels, PS3.3 C.7.6.3.1.2.
  const stored = header.string('PhotometricInterpretation') === 'YBR_FULL_422' ? 2 : samples
  return { rows, columns, samples, frames, bitsAllocated, frameBits: rows * columns * stored * bitsAllocated }
}

function positive(keyword: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new Failure('DATA_SET_UNREADABLE', `${keyword} is not a positive whole number`)
}

/**
 * Native Pixel Data holds every frame; more than that only as padding, which is less than a frame.
 * @throws Failure DATA_SET_UNREADABLE
 */
export function checkNativeLength({ frames, frameBits }: ImageSize, length: number): void {
  const least = Math.ceil((frames * frameBits) / 8)
  if (length < least) throw new Failure('DATA_SET_UNREADABLE', 'Pixel Data is shorter than Rows and Columns say')
  if (length * 8 >= (frames + 1) * frameBits && length > least + 1)
    throw new Failure('DATA_SET_UNREADABLE', 'Pixel Data is longer than Rows, Columns and Number of Frames say')
}
