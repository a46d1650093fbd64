import { randomBits } from './phantom-random.ts'

/** SmoothGrad (Smilkov 2017): how many noisy copies of the image, and how strong the noise is in parts of its spread. */
const SMOOTH_GRAD = { copies: 8, noise: 0.1, seed: 1 } as const
/** The standard deviation that OpenCV and torchvision take for a Gaussian of 5 × 5. */
const BLUR_SIGMA = 1.1
const BLUR_RADIUS = 2

function standardDeviation(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}

/** Normally distributed numbers, two from each pair of uniform ones (Box and Muller 1958). */
function normalNumbers(count: number, bits: () => number): Float64Array {
  const numbers = new Float64Array(count)
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log((bits() + 1) / 0x1_0000_0000))
    const angle = (2 * Math.PI * bits()) / 0x1_0000_0000
    numbers[i] = radius * Math.cos(angle)
    if (i + 1 < count) numbers[i + 1] = radius * Math.sin(angle)
  }
  return numbers
}

/** The noisy copies of what a network gets, the same ones every time; clamped to what an image may hold. */
function* noisyCopies(tensor: Float32Array, [low, high]: readonly [number, number]): Generator<Float32Array> {
  const spread = SMOOTH_GRAD.noise * standardDeviation(tensor)
  for (let copy = 0; copy < SMOOTH_GRAD.copies; copy++) {
    const noise = normalNumbers(tensor.length, randomBits(SMOOTH_GRAD.seed, `copy ${copy}`))
    yield tensor.map((value, i) => Math.min(high, Math.max(low, value + spread * (noise[i] ?? 0))))
  }
}

const KERNEL = (() => {
  const weights = Array.from({ length: 2 * BLUR_RADIUS + 1 }, (_, i) =>
    Math.exp(-((i - BLUR_RADIUS) ** 2) / (2 * BLUR_SIGMA ** 2)),
  )
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
})()

/** Mirrored at the border, the border pixel itself once. */
const mirrored = (at: number, length: number): number => {
  const inside = at < 0 ? -at : at >= length ? 2 * (length - 1) - at : at
  return Math.min(length - 1, Math.max(0, inside))
}

function blurredAlong(values: Float64Array, size: number, step: number, line: number): Float64Array {
  const blurred = new Float64Array(values.length)
  for (let row = 0; row < size; row++)
    for (let at = 0; at < size; at++) {
      let sum = 0
      for (let k = -BLUR_RADIUS; k <= BLUR_RADIUS; k++)
        sum += (KERNEL[k + BLUR_RADIUS] ?? 0) * (values[row * line + mirrored(at + k, size) * step] ?? 0)
      blurred[row * line + at * step] = sum
    }
  return blurred
}

export type SmoothGradOptions = {
  /** How many labels the gradient is of, and the image's sides. */
  readonly labels: number
  readonly size: number
  /** What a pixel may be for the network. */
  readonly range: readonly [number, number]
}

/**
 * SmoothGrad of every label asked for: `gradientOf` gives labels × channels × size × size for one noisy copy. One map for
 * each label.
 */
export async function smoothGrad(
  gradientOf: (noisy: Float32Array) => Promise<Float32Array>,
  tensor: Float32Array,
  { labels, size, range }: SmoothGradOptions,
): Promise<Float32Array[]> {
  const area = size * size
  const magnitudes = Array.from({ length: labels }, () => new Float64Array(area))
  for (const noisy of noisyCopies(tensor, range)) {
    const gradient = await gradientOf(noisy)
    magnitudes.forEach((magnitude, label) => {
      const own = gradient.subarray(label * tensor.length, (label + 1) * tensor.length)
      own.forEach((value, i) => {
        magnitude[i % area] = (magnitude[i % area] ?? 0) + Math.abs(value)
      })
    })
  }
  return magnitudes.map((magnitude) => saliencyMap(magnitude, size))
}

/**
 * The map of one label: `magnitude`, |gradient| summed over channels and copies, blurred and divided by its maximum.
 * size × size, 0 to 1; all zero where nothing in the image moves the label.
 */
function saliencyMap(magnitude: Float64Array, size: number): Float32Array {
  const blurred = blurredAlong(blurredAlong(magnitude, size, 1, size), size, size, 1)
  const most = blurred.reduce((max, value) => Math.max(max, value), 0)
  return Float32Array.from(blurred, (value) => (most > 0 ? value / most : 0))
}
