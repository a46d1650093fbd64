import { Failure } from '../../failure.ts'
import type { Parameters } from '../torch/parameters.ts'
import type { Tensor } from '../torch/tensor.ts'

/** PyTorch's default, for a state dictionary does not say. */
const EPSILON = 1e-5

export type BatchNorm = {
  readonly epsilon: number
  readonly weight: Tensor
  readonly bias: Tensor
  readonly mean: Tensor
  readonly variance: Tensor
}

/** A network's layers by name, each taken once: what nobody took is no part of the network we know. */
export class Layers {
  readonly #parameters: Parameters
  readonly #taken = new Set<string>()

  constructor(parameters: Parameters) {
    this.#parameters = parameters
  }

  has = (name: string): boolean => this.#parameters.tensors.has(name)

  /** How many consecutive layers `${before}${n}${after}` there are, from `first` on. */
  count(before: string, after: string, first: number): number {
    let count = 0
    while (this.has(`${before}${first + count}${after}`)) count++
    return count
  }

  /** @throws Failure MODEL_INVALID when absent, or not of `rank` dimensions with a finite value each */
  take(name: string, rank: number): Tensor {
    const tensor = this.#parameters.tensors.get(name)
    if (!tensor) throw new Failure('MODEL_INVALID', `the checkpoint has no ${name}`)
    if (tensor.shape.length !== rank)
      throw new Failure(
        'MODEL_INVALID',
        `${name} has the shape ${tensor.shape.join(' × ')} instead of ${rank} dimensions`,
      )
    if (!tensor.data.every(Number.isFinite)) throw new Failure('MODEL_INVALID', `${name} holds what is no number`)
    this.#taken.add(name)
    return tensor
  }

  /** `channels` is what it must fit. */
  batchNorm(name: string, channels: number): BatchNorm {
    const vector = (part: string) => {
      const tensor = this.take(`${name}.${part}`, 1)
      if (tensor.shape[0] === channels) return tensor
      throw new Failure('MODEL_INVALID', `${name}.${part} is for ${tensor.shape[0]} channels instead of ${channels}`)
    }
    return {
      epsilon: this.#parameters.epsilons.get(name) ?? EPSILON,
      weight: vector('weight'),
      bias: vector('bias'),
      mean: vector('running_mean'),
      variance: vector('running_var'),
    }
  }

  /** A convolution's weights, out × in × height × width, that take `channels` channels. */
  convolution(name: string, channels: number): Tensor {
    const weight = this.take(`${name}.weight`, 4)
    if (weight.shape[1] === channels) return weight
    throw new Failure('MODEL_INVALID', `${name}.weight takes ${weight.shape[1]} channels instead of ${channels}`)
  }

  /** @throws Failure MODEL_INVALID when the checkpoint has parameters that the network does not use */
  requireAllTaken(): void {
    const left = [...this.#parameters.tensors.keys()].filter((name) => !this.#taken.has(name))
    if (left.length === 0) return
    const some = left.slice(0, 3).join(', ')
    throw new Failure('MODEL_INVALID', `the checkpoint has ${left.length} parameters more than the network: ${some}`)
  }
}

/** A convolution and the batch normalisation behind it, in one: weights scaled, the rest a bias. */
export function folded(weight: Tensor, norm: BatchNorm): { weight: Tensor; bias: Tensor } {
  const channels = weight.shape[0] ?? 0
  const each = weight.data.length / channels
  const data = new Float32Array(weight.data.length)
  const bias = new Float32Array(channels)
  for (let channel = 0; channel < channels; channel++) {
    const at = (tensor: Tensor) => tensor.data[channel] ?? 0
    const scale = at(norm.weight) / Math.sqrt(at(norm.variance) + norm.epsilon)
    for (let i = channel * each; i < (channel + 1) * each; i++) data[i] = (weight.data[i] ?? 0) * scale
    bias[channel] = at(norm.bias) - at(norm.mean) * scale
  }
  return { weight: { shape: weight.shape, data }, bias: { shape: [channels], data: bias } }
}
