import { z } from 'zod'
import { Failure } from '../failure.ts'
import type { FeatureMap } from './grad-cam.ts'
import { principalComponents } from './principal-components.ts'

/**
 * How the features of known images are spread: principal components, and beside them noise that is the same in all
 * directions (Tipping and Bishop 1999). An image's distance is that of Mahalanobis under it.
 */
export type Distribution = {
  readonly mean: Float64Array
  /** components × channels. */
  readonly components: Float64Array
  readonly variances: Float64Array
  /** Variance in each of the directions that are left. */
  readonly noise: number
  /** The distance that so many of the images held out kept below. */
  readonly limit: number
  readonly quantile: number
  /** How many images it was fitted to, and how many were held out for the limit. */
  readonly fitted: number
  readonly heldOut: number
}

const MOST_COMPONENTS = 32
/** Fewer images would not fill the components they are to fill. */
const IMAGES_PER_COMPONENT = 5
export const LEAST_IMAGES = 60

/** Mean of each channel, after the ReLU where the network has one there: what its classifier sees. */
export function pooledFeatures({ channels, rows, columns, data }: FeatureMap, relu: boolean): Float64Array {
  const area = rows * columns
  return Float64Array.from({ length: channels }, (_, channel) => {
    const feature = data.subarray(channel * area, (channel + 1) * area)
    return feature.reduce((sum, value) => sum + (relu && value < 0 ? 0 : value), 0) / area
  })
}

function centred(sample: Float64Array, mean: Float64Array): Float64Array {
  return sample.map((value, i) => value - (mean[i] ?? 0))
}

const square = (values: Float64Array): number => values.reduce((sum, value) => sum + value * value, 0)

type Spread = Pick<Distribution, 'mean' | 'components' | 'variances' | 'noise'>

/** How far an image lies from those known, in standard deviations of all directions together. */
export function distance({ mean, components, variances, noise }: Spread, features: Float64Array): number {
  const difference = centred(features, mean)
  let [explained, along] = [0, 0]
  variances.forEach((variance, k) => {
    const direction = components.subarray(k * mean.length, (k + 1) * mean.length)
    const projection = difference.reduce((sum, value, i) => sum + value * (direction[i] ?? 0), 0)
    explained += projection * projection
    along += (projection * projection) / variance
  })
  const rest = Math.max(0, square(difference) - explained) / noise
  return Math.sqrt((along + rest) / mean.length)
}

function spreadOf(samples: readonly Float64Array[]): Spread {
  const channels = samples[0]?.length ?? 0
  const mean = new Float64Array(channels)
  for (const sample of samples)
    sample.forEach((value, i) => {
      mean[i] = (mean[i] ?? 0) + value / samples.length
    })
  const differences = samples.map((sample) => centred(sample, mean))
  const count = Math.min(MOST_COMPONENTS, Math.floor(samples.length / IMAGES_PER_COMPONENT), channels - 1)
  const { components, variances } = principalComponents(differences, count)
  const total = differences.reduce((sum, difference) => sum + square(difference), 0) / (samples.length - 1)
  const left = total - variances.reduce((sum, variance) => sum + variance, 0)
  // A direction in which nothing varied would make any difference infinite.
  const least = (1e-6 * total) / channels
  return {
    ...{ mean, components, variances: variances.map((variance) => Math.max(variance, least)) },
    noise: Math.max(left / (channels - count), least),
  }
}

/** Features of images to fit to, and of others that show how far such images lie. */
export type Samples = { readonly known: readonly Float64Array[]; readonly heldOut: readonly Float64Array[] }

/** Every fifth is held out. */
export const everyFifthHeldOut = (samples: readonly Float64Array[]): Samples => ({
  known: samples.filter((_, at) => at % 5 !== 4),
  heldOut: samples.filter((_, at) => at % 5 === 4),
})

/** The limit is the distance that a share (`quantile`) of those held out keeps below. @throws Failure USAGE when they are too few */
export function fitDistribution({ known, heldOut }: Samples, quantile: number): Distribution {
  const given = known.length + heldOut.length
  if (given < LEAST_IMAGES)
    throw new Failure('USAGE', `${given} images are too few to fit to: at least ${LEAST_IMAGES} are needed`)
  const spread = spreadOf(known)
  const distances = heldOut.map((sample) => distance(spread, sample)).sort((a, b) => a - b)
  const limit = distances[Math.min(distances.length - 1, Math.ceil(quantile * distances.length) - 1)] ?? Number.NaN
  return { ...spread, limit, quantile, fitted: known.length, heldOut: heldOut.length }
}

const count = z.int().positive()
const file = z.strictObject({
  channels: count,
  components: count,
  fitted: count,
  heldOut: count,
  quantile: z.number().gt(0).max(1),
  limit: z.number().positive(),
  noise: z.number().positive(),
  /** Mean, variances and components, float32, little-endian, in base64. */
  numbers: z.base64(),
})

/** As a model's folder holds it. */
export function encodeDistribution({ mean, components, variances, ...rest }: Distribution): string {
  const numbers = Float32Array.from([...mean, ...variances, ...components])
  const base64 = Buffer.from(numbers.buffer).toString('base64')
  return `${JSON.stringify({ channels: mean.length, components: variances.length, ...rest, numbers: base64 })}\n`
}

/** @throws Failure MODEL_INVALID */
export function parseDistribution(json: string): Distribution {
  try {
    const { channels, components: parts, numbers, ...rest } = file.parse(JSON.parse(json))
    const bytes = Buffer.from(numbers, 'base64')
    const values = Float64Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i))
    if (values.length !== channels + parts + parts * channels) throw new RangeError('the numbers are not as many')
    const [mean, variances] = [values.subarray(0, channels), values.subarray(channels, channels + parts)]
    return { ...rest, mean, variances, components: values.subarray(channels + parts) }
  } catch (cause) {
    throw new Failure('MODEL_INVALID', "the model's distribution cannot be read", { cause })
  }
}
