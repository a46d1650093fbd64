import { createHash } from 'node:crypto'
import type { StoredPixels } from '../dicom/pixels.ts'

export type PixelFacts = {
  /** FRAMES x ROWS x COLUMNS x SAMPLES; frames and samples left out when there is one. */
  readonly shape: string
  /** `uint8`, `int16`, …; of single bits `uint8`. */
  readonly type: string
  readonly min: number
  readonly max: number
  readonly mean: number
  /** Of all stored values, little-endian, samples interleaved, no colour or modality conversion. */
  readonly sha256: string
}

/** The least, the greatest and the mean of some numbers. */
export function rangeOf(values: Iterable<number>): { min: number; max: number; mean: number } {
  let [min, max, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0]
  for (const value of values) {
    if (value < min) min = value
    if (value > max) max = value
    sum += value
    count++
  }
  return { min, max, mean: sum / count }
}

/** What two decoders must agree on. */
export function pixelFacts({ frames, rows, columns, samples, values }: StoredPixels): PixelFacts {
  const shape = [...(frames > 1 ? [frames] : []), rows, columns, ...(samples > 1 ? [samples] : [])].join('x')
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const type = values[Symbol.toStringTag].replace('Array', '').toLowerCase()
  return { shape, type, ...rangeOf(values), sha256 }
}
