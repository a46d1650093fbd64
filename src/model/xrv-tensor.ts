import { type Radiograph, storedRange } from '../dicom/radiograph.ts'

/** The square the model saw, on the radiograph's own grid. */
export type Crop = { readonly top: number; readonly left: number; readonly side: number }

/** One output pixel along one axis: `weights` for the input pixels from `first` on. */
type Tap = { readonly first: number; readonly weights: Float64Array }

/** scipy.ndimage.gaussian_filter1d's kernel, truncate 4. */
function gaussianKernel(sigma: number): Float64Array {
  if (sigma <= 0) return Float64Array.of(1)
  const radius = Math.floor(4 * sigma + 0.5)
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp((-0.5 * (i - radius) ** 2) / sigma ** 2),
  )
  const sum = kernel.reduce((total, one) => total + one, 0)
  return kernel.map((one) => one / sum)
}

/**
 * skimage.transform.resize along one axis: Gaussian anti-aliasing, then linear interpolation between half-pixel
 * centres, both with zeros beyond the border; folded into one weighted sum for each output pixel.
 */
function resizeTaps(input: number, output: number): Tap[] {
  const factor = input / output
  const kernel = gaussianKernel(output < input ? (factor - 1) / 2 : 0)
  const radius = (kernel.length - 1) / 2
  return Array.from({ length: output }, (_, index) => {
    const centre = (index + 0.5) * factor - 0.5
    const below = Math.floor(centre)
    const first = Math.max(0, below - radius)
    const last = Math.min(input - 1, below + 1 + radius)
    const weights = new Float64Array(last - first + 1)
    const add = (at: number, share: number) => {
      if (share === 0 || at < 0 || at >= input) return
      for (let k = Math.max(first, at - radius); k <= Math.min(last, at + radius); k++)
        weights[k - first] = (weights[k - first] ?? 0) + share * (kernel[k - at + radius] ?? 0)
    }
    add(below, 1 - (centre - below))
    add(below + 1, centre - below)
    return { first, weights }
  })
}

/** Stored value → −1024 … 1024, black to white, whatever the photometric interpretation; by value from the lowest on. */
function normalisation({ bitsStored, signed, photometric, padding }: Radiograph): {
  least: number
  table: Float32Array
} {
  const [least] = storedRange({ bitsStored, signed })
  const most = 2 ** bitsStored - 1
  const table = Float32Array.from({ length: most + 1 }, (_, i) => {
    return ((2 * (photometric === 'MONOCHROME1' ? most - i : i)) / most - 1) * 1024
  })
  // Padding that is dark anyway stays as it is, as the reference has it; bright padding would be a white frame.
  const [from, to] = [(padding?.from ?? 0) - least, (padding?.to ?? 0) - least]
  if (padding && Math.max(table[from] ?? 0, table[to] ?? 0) > 0)
    table.fill(-1024, Math.max(0, from), Math.max(0, to + 1))
  return { least, table }
}

function normalisedCrop(radiograph: Radiograph, { top, left, side }: Crop): Float32Array {
  const { least, table } = normalisation(radiograph)
  const { pixels, columns } = radiograph
  const normalised = new Float32Array(side * side)
  for (let row = 0; row < side; row++) {
    const from = (top + row) * columns + left
    for (let column = 0; column < side; column++)
      normalised[row * side + column] = table[(pixels[from + column] ?? 0) - least] ?? 0
  }
  return normalised
}

function weightedRows(image: Float32Array, side: number, { first, weights }: Tap): Float64Array {
  const sums = new Float64Array(side)
  for (let k = 0; k < weights.length; k++) {
    const weight = weights[k] ?? 0
    const from = (first + k) * side
    for (let column = 0; column < side; column++)
      sums[column] = (sums[column] ?? 0) + weight * (image[from + column] ?? 0)
  }
  return sums
}

function weightedSum(values: Float64Array, { first, weights }: Tap): number {
  let sum = 0
  for (let k = 0; k < weights.length; k++) sum += (weights[k] ?? 0) * (values[first + k] ?? 0)
  return sum
}

function resize(image: Float32Array, side: number, size: number): Float32Array {
  const taps = resizeTaps(side, size)
  const resized = new Float32Array(size * size)
  taps.forEach((vertical, row) => {
    const sums = weightedRows(image, side, vertical)
    resized.set(
      taps.map((horizontal) => weightedSum(sums, horizontal)),
      row * size,
    )
  })
  return resized
}

function range(values: Float32Array): [number, number] {
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value < least) least = value
    if (value > most) most = value
  }
  return [least, most]
}

/** skimage clips to the image's own range, except that a border value of 0 that shows may stay. */
function clip(resized: Float32Array, [least, most]: [number, number]): void {
  const [resizedLeast, resizedMost] = range(resized)
  const zeroShows = (least > 0 || most < 0) && resizedLeast <= 0 && resizedMost >= 0
  const low = zeroShows ? Math.min(least, 0) : least
  const high = zeroShows ? Math.max(most, 0) : most
  for (let i = 0; i < resized.length; i++) resized[i] = Math.min(high, Math.max(low, resized[i] ?? 0))
}

/**
 * TorchXRayVision's pre-processing (its `normalize`, `XRayCenterCrop`, `XRayResizer(engine='skimage')`).
 * `data` is size × size, row-major, −1024 (black) to 1024 (white).
 */
export function xrvTensor(radiograph: Radiograph, size: number): { data: Float32Array; crop: Crop } {
  const { rows, columns } = radiograph
  const side = Math.min(rows, columns)
  const start = (length: number) => Math.floor(length / 2) - Math.floor(side / 2)
  const crop = { top: start(rows), left: start(columns), side }
  const image = normalisedCrop(radiograph, crop)
  const data = resize(image, side, size)
  clip(data, range(image))
  return { data, crop }
}
