import { Failure } from '../failure.ts'
import type { Header } from './header.ts'
import type { StoredPixels } from './pixels.ts'
import type { AnyStoredValues, StoredValues } from './stored-values.ts'
import { rangeOfValues } from './value-range.ts'

/** One greyscale image as stored, before any lookup table: the model's and the reader's starting point. */
export type Radiograph = {
  readonly rows: number
  readonly columns: number
  readonly bitsStored: number
  readonly signed: boolean
  readonly photometric: 'MONOCHROME1' | 'MONOCHROME2'
  /** rows × columns stored values, row-major, within Bits Stored. */
  readonly pixels: StoredValues
  /** Stored values that are no part of the image, PS3.3 C.7.5.1.1.2. */
  readonly padding?: { readonly from: number; readonly to: number }
}

/** The lowest and the highest value that Bits Stored allow. */
export function storedRange({ bitsStored, signed }: Pick<Radiograph, 'bitsStored' | 'signed'>): [number, number] {
  // Not by powers: they are floating point, and so would be the place of every pixel in a table.
  const half = 1 << (bitsStored - 1)
  return signed ? [-half, half - 1] : [0, 2 * half - 1]
}

const isOfRadiograph = (values: AnyStoredValues): values is StoredValues => values.BYTES_PER_ELEMENT <= 2

/**
 * The first frame; of a colour image its first sample (red, or luminance).
 * @throws Failure PIXELS_UNREADABLE for a palette, whose values are no intensities
 */
export function radiographOf(stored: StoredPixels, header: Header): Radiograph {
  const { rows, columns, samples, bitsStored, bitsAllocated, signed, photometric, values } = stored
  const greyscale = photometric.startsWith('MONOCHROME')
  if (!greyscale && samples === 1)
    throw new Failure('PIXELS_UNREADABLE', `an image with photometric interpretation ${photometric} is no radiograph`)
  if (!isOfRadiograph(values) || bitsAllocated < 8)
    throw new Failure('PIXELS_UNREADABLE', `an image with Bits Allocated of ${bitsAllocated} is no radiograph`)
  const highBit = header.number('HighBit') ?? bitsStored - 1
  const shift = Math.max(0, Math.min(highBit + 1, bitsAllocated) - bitsStored)
  const frame = values.subarray(0, rows * columns * samples)
  const asStored = samples === 1 && shift === 0 && (bitsStored === bitsAllocated || fits(frame, bitsStored, signed))
  const pixels = asStored ? frame : frame.slice(0, rows * columns)
  if (!asStored)
    for (let i = 0; i < pixels.length; i++)
      pixels[i] = withinBitsStored((values[i * samples] ?? 0) >> shift, bitsStored, signed)
  const padding = paddingOf(header, bitsStored, signed)
  return {
    rows,
    columns,
    bitsStored,
    signed,
    photometric: photometric === 'MONOCHROME1' ? 'MONOCHROME1' : 'MONOCHROME2',
    pixels,
    ...(padding && { padding }),
  }
}

/** Nothing stands above the bits stored, as nearly always. */
function fits(values: StoredValues, bitsStored: number, signed: boolean): boolean {
  if (values.length === 0) return true
  const [least, most] = storedRange({ bitsStored, signed })
  const [low, high] = rangeOfValues(values)
  return low >= least && high <= most
}

/** Bits above the high bit may hold anything (once: overlays) and the sign is the high bit, PS3.5 section 8.1.1. */
function withinBitsStored(value: number, bitsStored: number, signed: boolean): number {
  const unused = 32 - bitsStored
  return signed ? (value << unused) >> unused : (value << unused) >>> unused
}

function paddingOf(header: Header, bitsStored: number, signed: boolean): Radiograph['padding'] {
  const value = header.number('PixelPaddingValue')
  if (value === undefined) return undefined
  const limit = header.number('PixelPaddingRangeLimit') ?? value
  const ends = [value, limit].map((one) => withinBitsStored(one, bitsStored, signed))
  return { from: Math.min(...ends), to: Math.max(...ends) }
}
