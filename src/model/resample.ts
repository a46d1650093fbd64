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

const TAPS = { gaussian: gaussianTaps, triangle: triangleTaps, linear: linearTaps } as const

/** What each output pixel reads of an image along one axis; what lies beyond the border counts as nothing. */
export const tapsOf = (resampling: Resampling, input: number, output: number): readonly Tap[] =>
  TAPS[resampling](input, output)
