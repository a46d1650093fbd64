import { linearTaps, type Tap } from '../dicom/resample.ts'

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
  const taps: Tap[] = []
  for (let index = 0; index < output; index++) {
    const centre = (index + 0.5) * factor - 0.5
    const below = Math.floor(centre)
    const share = centre - below
    // Of the two pixels between which it lies, what lies beyond the border is nothing.
    const [upper, lower] = [below < 0 ? 0 : 1 - share, below + 1 < input ? share : 0]
    const first = Math.max(0, below - radius)
    const last = Math.min(input - 1, below + 1 + radius)
    const weights: number[] = []
    for (let at = first; at <= last; at++)
      weights.push(upper * (kernel[at - below + radius] ?? 0) + lower * (kernel[at - below - 1 + radius] ?? 0))
    taps.push({ first, weights })
  }
  return taps
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

const TAPS = { gaussian: gaussianTaps, triangle: triangleTaps, linear: linearTaps } as const

/** What each output pixel reads of an image along one axis; what lies beyond the border counts as nothing. */
export const tapsOf = (resampling: Resampling, input: number, output: number): readonly Tap[] =>
  TAPS[resampling](input, output)
