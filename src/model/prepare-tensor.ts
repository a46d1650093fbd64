import { type Levels, levelOf, type Table } from '../dicom/levels.ts'
import type { Radiograph } from '../dicom/radiograph.ts'
import { type Tap, writeSums } from '../dicom/resample.ts'
import type { StoredValues } from '../dicom/stored-values.ts'
import { rangeOfValues } from '../dicom/value-range.ts'
import type { ModelInput } from './manifest-schema.ts'
import { levelsOf, type ModelLevels, rangeOfProfile, type Shades } from './pixel-levels.ts'
import { tapsOf } from './resample.ts'

/** What the model saw, on the radiograph's own grid; may reach beyond it. */
export type Crop = { readonly top: number; readonly left: number; readonly rows: number; readonly columns: number }

type Size = { readonly rows: number; readonly columns: number }

/** The centre square (half pixels as TorchXRayVision's XRayCenterCrop), all with black beside it, or all of it. */
function cropOf(fit: ModelInput['fit'], { rows, columns }: Size): Crop {
  if (fit === 'stretch') return { top: 0, left: 0, rows, columns }
  const side = fit === 'crop' ? Math.min(rows, columns) : Math.max(rows, columns)
  const start = (length: number) => Math.floor(length / 2) - Math.floor(side / 2)
  return { top: start(rows), left: start(columns), rows: side, columns: side }
}

/** What of a tap along a crop lies on the radiograph, `length` pixels from `start` on. */
function inside({ first, weights }: Tap, start: number, length: number): Tap {
  const [from, to] = [first + start, first + start + weights.length]
  const [cutFrom, cutTo] = [Math.min(length, Math.max(0, from)), Math.min(length, Math.max(0, to))]
  if (cutFrom === from && cutTo === to) return { first: cutFrom, weights }
  return { first: cutFrom, weights: Array.from(weights).slice(cutFrom - from, cutTo - from) }
}

const totalOf = ({ weights }: Tap): number => Array.from(weights).reduce((sum, weight) => sum + weight, 0)

/** The crop at the model's size; beyond the radiograph all is black. */
function resized(radiograph: Radiograph, crop: Crop, levels: ModelLevels, input: ModelInput): Float32Array {
  const down = tapsOf(input.resampling, crop.rows, input.size)
  const across = crop.columns === crop.rows ? down : tapsOf(input.resampling, crop.columns, input.size)
  const seenDown = down.map((tap) => inside(tap, crop.top, radiograph.rows))
  const seenAcross = across.map((tap) => inside(tap, crop.left, radiograph.columns))
  const plane = new Float32Array(input.size * input.size)
  writeSums(plane, radiograph, levels, [seenDown, seenAcross])
  if (!reachesBeyond(crop, radiograph)) return plane
  const [allDown, allAcross] = [down.map(totalOf), across.map(totalOf)]
  const [ownDown, ownAcross] = [seenDown.map(totalOf), seenAcross.map(totalOf)]
  for (let at = 0; at < plane.length; at++) {
    const [row, column] = [Math.floor(at / input.size), at % input.size]
    const all = (allDown[row] ?? 0) * (allAcross[column] ?? 0)
    plane[at] = (plane[at] ?? 0) + levels.black * (all - (ownDown[row] ?? 0) * (ownAcross[column] ?? 0))
  }
  return plane
}

const reachesBeyond = (crop: Crop, { rows, columns }: Size): boolean => crop.rows > rows || crop.columns > columns

type Range = readonly [least: number, most: number]

function rangeOf(values: Float32Array): Range {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0
    if (value < least) least = value
    if (value > most) most = value
  }
  return [least, most]
}

function rangeByTable(pixels: StoredValues, { least, table }: Table): Range {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let at = 0; at < pixels.length; at++) {
    const level = table[(pixels[at] ?? 0) - least] ?? 0
    if (level < low) low = level
    if (level > high) high = level
  }
  return [low, high]
}

function rangeOfLevels(pixels: StoredValues, levels: Levels): Range {
  if ('table' in levels) return rangeByTable(pixels, levels)
  const ends = rangeOfValues(pixels).map((value) => levelOf(levels, value))
  return [Math.min(...ends), Math.max(...ends)]
}

/** Rows that are looked at together. */
const TOGETHER = 8

/**
 * The least and the most that the crop shows. Undefined where 0 lies between: then nothing is to be clipped, for sums with
 * weights of one at most, zeros beyond the border, stay within the range.
 */
function rangeBesideZero(radiograph: Radiograph, crop: Crop, levels: ModelLevels): Range | undefined {
  const { columns, pixels } = radiograph
  const [top, left] = [Math.max(0, crop.top), Math.max(0, crop.left)]
  const [bottom, right] = [Math.min(radiograph.rows, crop.top + crop.rows), Math.min(columns, crop.left + crop.columns)]
  const together = right - left === columns ? TOGETHER : 1
  const pieces = Math.ceil((bottom - top) / together)
  let [low, high] = reachesBeyond(crop, radiograph)
    ? [levels.black, levels.black]
    : [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < pieces; i++) {
    // From the middle on: there most images soon show both sides of 0.
    const from = top + together * ((i + (pieces >> 1)) % pieces)
    const end = Math.min(bottom, from + together)
    const piece = pixels.subarray(from * columns + left, (end - 1) * columns + right)
    const [least, most] = rangeOfLevels(piece, levels)
    low = Math.min(low, least)
    high = Math.max(high, most)
    if (low <= 0 && high >= 0) return undefined
  }
  return [low, high]
}

/** skimage clips to the image's own range, except that a border value of 0 that shows may stay. */
function clip(values: Float32Array, [least, most]: Range): void {
  const [resizedLeast, resizedMost] = rangeOf(values)
  const zeroShows = (least > 0 || most < 0) && resizedLeast <= 0 && resizedMost >= 0
  const low = zeroShows ? Math.min(least, 0) : least
  const high = zeroShows ? Math.max(most, 0) : most
  for (let i = 0; i < values.length; i++) values[i] = Math.min(high, Math.max(low, values[i] ?? 0))
}

const standardised = (value: number, { mean, std }: ModelInput, channel: number): number =>
  mean && std ? (value - (mean[channel] ?? 0)) / (std[channel] ?? 1) : value

/** One plane of grey as the network's input: every channel the same but for mean and spread. */
function inLayout(plane: Float32Array, input: ModelInput): Float32Array {
  const { channels, layout } = input
  if (channels === 1 && !input.mean) return plane
  const data = new Float32Array(plane.length * channels)
  for (let channel = 0; channel < channels; channel++)
    plane.forEach((value, i) => {
      data[layout === 'NCHW' ? channel * plane.length + i : i * channels + channel] = standardised(
        value,
        input,
        channel,
      )
    })
  return data
}

/** The least and the most that a number of the tensor may be. */
export function tensorRange(input: ModelInput): readonly [number, number] {
  const [black, white] = rangeOfProfile(input.profile)
  const ends = Array.from({ length: input.channels }, (_, channel) => [
    standardised(black, input, channel),
    standardised(white, input, channel),
  ]).flat()
  return [Math.min(...ends), Math.max(...ends)]
}

/** What a session is to be given: 1 × channels × size × size, or channels last. */
export const tensorShape = ({ layout, channels, size }: ModelInput): number[] =>
  layout === 'NCHW' ? [1, channels, size, size] : [1, size, size, channels]

/**
 * What a model gets of a radiograph. With profile `xrv` and the manifest's defaults this is TorchXRayVision's pre-processing
 * (its `normalize`, `XRayCenterCrop`, `XRayResizer(engine='skimage')`), −1024 black to 1024 white. `shades`: for
 * the profile `window`.
 */
export function prepareTensor(
  radiograph: Radiograph,
  input: ModelInput,
  shades?: Shades,
): { data: Float32Array; crop: Crop } {
  const crop = cropOf(input.fit, radiograph)
  const levels = levelsOf(input.profile, radiograph, shades)
  const plane = resized(radiograph, crop, levels, input)
  const range = input.resampling === 'gaussian' && rangeBesideZero(radiograph, crop, levels)
  if (range) clip(plane, range)
  return { data: inLayout(plane, input), crop }
}
