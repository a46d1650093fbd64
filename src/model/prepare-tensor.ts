import type { Radiograph } from '../dicom/radiograph.ts'
import type { ModelInput } from './manifest-schema.ts'
import { type Levels, levelsOf, rangeOfProfile, type Shades } from './pixel-levels.ts'
import { type Picture, resized } from './resample.ts'

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

/** The crop as numbers; beyond the radiograph all is black. */
function cropped({ rows, columns, pixels }: Radiograph, crop: Crop, { least, table, black }: Levels): Picture {
  const values = new Float32Array(crop.rows * crop.columns)
  if (crop.rows > rows || crop.columns > columns) values.fill(black)
  const [firstRow, endRow] = [Math.max(0, crop.top), Math.min(rows, crop.top + crop.rows)]
  const [firstColumn, endColumn] = [Math.max(0, crop.left), Math.min(columns, crop.left + crop.columns)]
  for (let row = firstRow; row < endRow; row++) {
    const from = row * columns
    const to = (row - crop.top) * crop.columns - crop.left
    for (let column = firstColumn; column < endColumn; column++)
      values[to + column] = table[(pixels[from + column] ?? 0) - least] ?? black
  }
  return { rows: crop.rows, columns: crop.columns, values }
}

function range(values: Float32Array): [number, number] {
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0
    if (value < least) least = value
    if (value > most) most = value
  }
  return [least, most]
}

/** Then nothing is to be clipped: sums with weights of one at most, zeros beyond the border, stay within the range. */
function straddlesZero(values: Float32Array): boolean {
  return values.some((value) => value <= 0) && values.some((value) => value >= 0)
}

/** skimage clips to the image's own range, except that a border value of 0 that shows may stay. */
function clip(values: Float32Array, [least, most]: [number, number]): void {
  const [resizedLeast, resizedMost] = range(values)
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
  const picture = cropped(radiograph, crop, levelsOf(input.profile, radiograph, shades))
  const plane = resized(picture, input.size, input.resampling)
  if (input.resampling === 'gaussian' && !straddlesZero(picture.values)) clip(plane, range(picture.values))
  return { data: inLayout(plane, input), crop }
}
