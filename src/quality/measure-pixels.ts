import { histogramOf } from '../dicom/histogram.ts'
import { type Radiograph, storedRange } from '../dicom/radiograph.ts'
import { rowStep, samplingStep } from '../dicom/sampling-step.ts'
import { edgeFeatures } from './edge-features.ts'
import { classify, KINDS } from './frontal-classifier.ts'
import { countOfTwo } from './pixel-rows.ts'
import { THUMBNAIL_SIDE, thumbnailOf } from './thumbnail.ts'

/** What is measured of a radiograph's pixels, for the checks to judge. NaN: could not be measured. */
export type PixelMeasures = {
  /** Pixels along the shorter side. */
  readonly shorterSide: number
  /** From the 1st to the 99th percentile, as a share of what Bits Stored allow: what the model gets to see of it. */
  readonly usedRange: number
  /** Share of the centre that has the image's lowest, or its highest value: whichever is more. */
  readonly saturatedShare: number
  /** Share of the image in squares of exactly one value that is neither its lowest nor its highest, nor padding. */
  readonly flatShare: number
  /** How much speaks for a frontal chest whose dark and bright are swapped, upright or not; 0 to 1. */
  readonly inverted: number
  /** How much speaks for an upright frontal chest, whether or not dark and bright are swapped; 0 to 1. */
  readonly frontal: number
}

/** Twice the blocks of JPEG, which are often of one value by themselves. */
const SQUARE = 16

/** From the 1st to the 99th percentile of what is counted. */
function usedRange(histogram: Uint32Array): number {
  let total = 0
  for (let at = 0; at < histogram.length; at++) total += histogram[at] ?? 0
  let [sum, from, to] = [0, 0, 0]
  for (; to < histogram.length; to++) {
    sum += histogram[to] ?? 0
    if (sum <= 0.01 * total) from = to + 1
    if (sum > 0.99 * total) break
  }
  return (to - from) / (histogram.length - 1)
}

function extremes(radiograph: Radiograph, histogram: Uint32Array): [number, number] {
  const [least] = storedRange(radiograph)
  let [lowest, highest] = [0, histogram.length - 1]
  while (lowest < highest && histogram[lowest] === 0) lowest++
  while (highest > lowest && histogram[highest] === 0) highest--
  return [least + lowest, least + highest]
}

/** In the middle half of rows and columns: a margin or the air beside the patient may well be plain. */
function saturatedShare(radiograph: Radiograph, ends: readonly [number, number]): number {
  const { rows, columns } = radiograph
  const middle = (length: number) => [Math.floor(length / 4), Math.ceil((3 * length) / 4)] as const
  const [[from, end], [left, right]] = [middle(rows), middle(columns)]
  const step = rowStep(radiograph)
  const counts = countOfTwo(radiograph, { from, end, step }, [left, right], ends)
  return Math.max(...counts) / (Math.ceil((end - from) / step) * (right - left))
}

function isFlat({ columns, pixels }: Radiograph, top: number, left: number): boolean {
  const value = pixels[top * columns + left]
  for (let row = top; row < top + SQUARE; row++)
    for (let at = row * columns + left; at < row * columns + left + SQUARE; at++) if (pixels[at] !== value) return false
  return true
}

function flatShare(radiograph: Radiograph, [lowest, highest]: [number, number]): number {
  const { rows, columns, pixels, padding } = radiograph
  const isPlain = (value: number) =>
    value === lowest || value === highest || (padding !== undefined && value >= padding.from && value <= padding.to)
  let [squares, flat] = [0, 0]
  const step = SQUARE * samplingStep(radiograph)
  for (let top = 0; top + SQUARE <= rows; top += step)
    for (let left = 0; left + SQUARE <= columns; left += step) {
      squares++
      if (!isPlain(pixels[top * columns + left] ?? 0) && isFlat(radiograph, top, left)) flat++
    }
  return squares === 0 ? 0 : flat / squares
}

/** A check whose measure throws is one that cannot be made. */
function measured(measure: () => number): number {
  try {
    return measure()
  } catch {
    return Number.NaN
  }
}

/** Of all shares NaN when they cannot be told. */
function lookedAt(radiograph: Radiograph): Pick<PixelMeasures, 'inverted' | 'frontal'> {
  try {
    const shares = classify(edgeFeatures(thumbnailOf(radiograph, THUMBNAIL_SIDE)))
    const inverted = KINDS.filter((kind) => kind.startsWith('inverted'))
    return {
      inverted: inverted.reduce((sum, kind) => sum + shares[kind], 0),
      frontal: shares.frontal + shares.inverted,
    }
  } catch {
    return { inverted: Number.NaN, frontal: Number.NaN }
  }
}

export function measurePixels(radiograph: Radiograph, histogram = histogramOf(radiograph)): PixelMeasures {
  const ends = extremes(radiograph, histogram)
  return {
    shorterSide: Math.min(radiograph.rows, radiograph.columns),
    usedRange: measured(() => usedRange(histogram)),
    saturatedShare: measured(() => saturatedShare(radiograph, ends)),
    flatShare: measured(() => flatShare(radiograph, ends)),
    ...lookedAt(radiograph),
  }
}
