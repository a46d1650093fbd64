/** One output pixel along one axis: `weights` for the input pixels from `first` on. */
type Tap = { readonly first: number; readonly weights: Float64Array }

/** How an image is brought to another size: scikit-image's, Pillow's, OpenCV's way. */
export type Resampling = 'gaussian' | 'triangle' | 'linear'

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
function gaussianTaps(input: number, output: number): Tap[] {
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

/** Pillow's BILINEAR: a triangle as wide as an output pixel, at the border only what lies inside. */
function triangleTaps(input: number, output: number): Tap[] {
  const factor = input / output
  const reach = Math.max(1, factor)
  return Array.from({ length: output }, (_, index) => {
    const centre = (index + 0.5) * factor
    const first = Math.max(0, Math.floor(centre - reach + 0.5))
    const end = Math.min(input, Math.floor(centre + reach + 0.5))
    const weights = Float64Array.from({ length: end - first }, (_, k) =>
      Math.max(0, 1 - Math.abs((first + k + 0.5 - centre) / reach)),
    )
    const sum = weights.reduce((total, weight) => total + weight, 0)
    return { first, weights: weights.map((weight) => weight / sum) }
  })
}

/** OpenCV's INTER_LINEAR: between the two nearest pixels, the border repeated. */
function linearTaps(input: number, output: number): Tap[] {
  return Array.from({ length: output }, (_, index) => {
    const centre = Math.min(input - 1, Math.max(0, ((index + 0.5) * input) / output - 0.5))
    const first = Math.min(Math.floor(centre), Math.max(0, input - 2))
    return { first, weights: Float64Array.of(1 - (centre - first), centre - first).slice(0, Math.min(2, input)) }
  })
}

const TAPS = { gaussian: gaussianTaps, triangle: triangleTaps, linear: linearTaps } as const

const ROWS_AT_ONCE = 4

/** Most of the time goes here: several rows at once, so that sums are read and written less often. */
function weightedRows(image: Float32Array, columns: number, { first, weights }: Tap, sums: Float64Array): void {
  sums.fill(0)
  const last = image.length / columns - 1
  for (let k = 0; k < weights.length; k += ROWS_AT_ONCE) {
    const [a = 0, b = 0, c = 0, d = 0] = weights.subarray(k, k + ROWS_AT_ONCE)
    const row = (i: number) => Math.min(last, first + k + i) * columns
    const [atA, atB, atC, atD] = [row(0), row(1), row(2), row(3)]
    for (let column = 0; column < columns; column++)
      sums[column] =
        (sums[column] ?? 0) +
        a * (image[atA + column] ?? 0) +
        b * (image[atB + column] ?? 0) +
        c * (image[atC + column] ?? 0) +
        d * (image[atD + column] ?? 0)
  }
}

function weightedSum(values: Float64Array, { first, weights }: Tap): number {
  let sum = 0
  for (let k = 0; k < weights.length; k++) sum += (weights[k] ?? 0) * (values[first + k] ?? 0)
  return sum
}

export type Picture = { readonly rows: number; readonly columns: number; readonly values: Float32Array }

/** size × size, row-major. */
export function resized({ rows, columns, values }: Picture, size: number, resampling: Resampling): Float32Array {
  const down = TAPS[resampling](rows, size)
  const across = TAPS[resampling](columns, size)
  const made = new Float32Array(size * size)
  const sums = new Float64Array(columns)
  down.forEach((vertical, row) => {
    weightedRows(values, columns, vertical, sums)
    across.forEach((horizontal, column) => {
      made[row * size + column] = weightedSum(sums, horizontal)
    })
  })
  return made
}
