import { FRONTAL_WEIGHTS } from './frontal-weights.ts'

/** What a picture may show; `inverted` and `turned` are frontal chests, clockwise by so many degrees. */
export const KINDS = [
  'frontal',
  'inverted',
  'inverted90',
  'inverted180',
  'inverted270',
  'turned90',
  'turned180',
  'turned270',
  'side',
  'other',
] as const
export type Kind = (typeof KINDS)[number]

/**
 * Softmax regression: how much speaks for each kind, 1 in all. `weights` are kinds × (features, then one constant).
 * How they were fitted: models/frontal-check.
 */
export function sharesOfKinds(features: Float64Array, weights: ArrayLike<number>): Record<Kind, number> {
  const inputs = features.length + 1
  const sums = KINDS.map((_, k) => {
    let sum = weights[k * inputs + inputs - 1] ?? 0
    for (let i = 0; i < features.length; i++) sum += (weights[k * inputs + i] ?? 0) * (features[i] ?? 0)
    return sum
  })
  const most = Math.max(...sums)
  const total = sums.reduce((all, sum) => all + Math.exp(sum - most), 0)
  const share = (kind: Kind) => Math.exp((sums[KINDS.indexOf(kind)] ?? 0) - most) / total
  return Object.fromEntries(KINDS.map((kind) => [kind, share(kind)])) as Record<Kind, number>
}

function readWeights(): Float32Array {
  const bytes = Buffer.from(FRONTAL_WEIGHTS, 'base64')
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i))
}

const weights = readWeights()

/** Of an image's edges: see `edgeFeatures`. */
export const classify = (features: Float64Array): Record<Kind, number> => sharesOfKinds(features, weights)
