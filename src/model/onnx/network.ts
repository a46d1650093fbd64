import type { Tensor } from '../torch/tensor.ts'
import type { Graph } from './graph.ts'

/** What a network is, by its sizes. */
export type Architecture = {
  readonly family: 'densenet' | 'resnet'
  /** Layers of each block. */
  readonly blocks: readonly number[]
  readonly inputChannels: number
  readonly outputs: number
  readonly features: number
}

/** A network as a graph: `features` and `logits` name its outputs. */
export type Network = {
  readonly graph: Graph
  readonly architecture: Architecture
  /** outputs × features weights of the last layer. */
  readonly classifier: Tensor
}

/** The graph's input and outputs. */
export const PORTS = { input: 'input', logits: 'logits', features: 'features' } as const
