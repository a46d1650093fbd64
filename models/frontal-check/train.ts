import { KINDS, sharesOfKinds } from '../../src/quality/frontal-classifier.ts'

export type Sample = { readonly features: Float64Array; readonly kind: (typeof KINDS)[number] }

const BATCH = 64
const RATE = 0.02
/** Keeps weights small. */
const DECAY = 1e-4

/** Adam, Kingma and Ba 2015. */
class Adam {
  readonly weights: Float64Array
  readonly #mean: Float64Array
  readonly #square: Float64Array
  #step = 0

  constructor(size: number) {
    this.weights = new Float64Array(size)
    this.#mean = new Float64Array(size)
    this.#square = new Float64Array(size)
  }

  descend(slopes: Float64Array, rate: number): void {
    this.#step++
    const [meanScale, squareScale] = [1 - 0.9 ** this.#step, 1 - 0.999 ** this.#step]
    slopes.forEach((slope, i) => {
      const mean = 0.9 * (this.#mean[i] ?? 0) + 0.1 * slope
      const square = 0.999 * (this.#square[i] ?? 0) + 0.001 * slope * slope
      this.#mean[i] = mean
      this.#square[i] = square
      this.weights[i] = (this.weights[i] ?? 0) - (rate * mean) / meanScale / (Math.sqrt(square / squareScale) + 1e-8)
    })
  }
}

/** Softmax regression of samples in random order: kinds × (features, then one constant). */
export function train(samples: readonly Sample[], epochs: number): Float64Array {
  const inputs = (samples[0]?.features.length ?? 0) + 1
  const adam = new Adam(KINDS.length * inputs)
  for (let epoch = 0; epoch < epochs; epoch++) {
    const rate = RATE * (0.5 + 0.5 * Math.cos((Math.PI * epoch) / epochs))
    for (let from = 0; from < samples.length; from += BATCH)
      adam.descend(slopesOf(samples.slice(from, from + BATCH), adam.weights, inputs), rate)
  }
  return adam.weights
}

function slopesOf(batch: readonly Sample[], weights: Float64Array, inputs: number): Float64Array {
  const slopes = weights.map((weight, i) => ((i + 1) % inputs === 0 ? 0 : DECAY * weight))
  for (const { features, kind } of batch) {
    const shares = sharesOfKinds(features, weights)
    KINDS.forEach((each, k) => {
      const fault = (shares[each] - (each === kind ? 1 : 0)) / batch.length
      const base = k * inputs
      for (let i = 0; i < features.length; i++) slopes[base + i] = (slopes[base + i] ?? 0) + fault * (features[i] ?? 0)
      slopes[base + inputs - 1] = (slopes[base + inputs - 1] ?? 0) + fault
    })
  }
  return slopes
}
