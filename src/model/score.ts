import { Failure } from '../failure.ts'
import type { Finding } from '../study/finding.ts'
import type { Activation } from './manifest-schema.ts'

/** One output of a model; without an operating point it is untrained, or no finding, and says nothing. */
export type Label = {
  readonly name: string
  readonly operatingPoint?: number | undefined
  /** Known to be of no use: never among the findings. */
  readonly defaultOff?: true | undefined
  /** A site's calibration divides the logit by it. */
  readonly temperature?: number | undefined
}

/** `output`, 0 to 1, is what the operating point is compared with. */
type Output = { readonly logit: number; readonly output: number }

export const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit))
/** Where an output is 0 or 1 in float32, so that the logit stays a number. */
const NEAREST = 1e-7
export const logitOf = (output: number): number => {
  const inside = Math.min(1 - NEAREST, Math.max(NEAREST, output))
  return Math.log(inside / (1 - inside))
}

/** Output 0 to 1 → score 0 to 1 with the operating point at 0.5 (TorchXRayVision `op_norm`). Not a probability. */
export function normaliseScore(output: number, operatingPoint: number): number {
  if (output < operatingPoint) return output / (2 * operatingPoint)
  return 1 - (1 - output) / (2 * (1 - operatingPoint))
}

/** Softmax over labels of which each has its own temperature. */
function softmax(logits: readonly number[], temperatures: readonly number[]): Output[] {
  const scaled = logits.map((logit, i) => logit / (temperatures[i] ?? 1))
  const most = Math.max(...scaled)
  const sum = scaled.reduce((total, value) => total + Math.exp(value - most), 0)
  return scaled.map((value, i) => ({ logit: logits[i] ?? 0, output: Math.exp(value - most) / sum }))
}

/** What the model's numbers are as logits and outputs 0 to 1, calibrated. */
function outputsOf(numbers: readonly number[], activation: Activation, temperatures: readonly number[]): Output[] {
  const each = (logit: number, i: number) => ({ logit, output: sigmoid(logit / (temperatures[i] ?? 1)) })
  switch (activation) {
    case 'logits':
      return numbers.map(each)
    case 'sigmoid':
      // What is not calibrated stays as the model gives it.
      return numbers.map((output, i) =>
        (temperatures[i] ?? 1) === 1 ? { logit: logitOf(output), output } : each(logitOf(output), i),
      )
    case 'softmax':
      return softmax(
        numbers.map((output) => Math.log(Math.max(output, NEAREST))),
        temperatures,
      )
    case 'logits-softmax':
      return softmax(numbers, temperatures)
  }
}

/** Logits of what the model gives, not calibrated. */
export const logitsOf = (numbers: ArrayLike<number>, activation: Activation): number[] =>
  outputsOf(Array.from(numbers), activation, []).map(({ logit }) => logit)

/** Compared with anything, what is no number would read as a negative finding. */
function requireNumbers(numbers: readonly number[], labels: readonly Label[], activation: Activation): void {
  const within = activation === 'sigmoid' || activation === 'softmax'
  numbers.forEach((value, i) => {
    const { name, operatingPoint } = labels[i] ?? {}
    if (operatingPoint === undefined && !activation.endsWith('softmax')) return
    if (!Number.isFinite(value)) throw new Failure('MODEL_INVALID', `the model's output for ${name} is not a number`)
    if (within && (value < -1e-6 || value > 1 + 1e-6))
      throw new Failure('MODEL_INVALID', `the model's output for ${name} is ${value}: no ${activation} gives that`)
  })
}

/**
 * A finding for each label that has an operating point and is not off, in the model's order; `numbers` as the model gives
 * them.
 * @throws Failure MODEL_INVALID when one is NaN or infinite, or cannot come of the activation
 */
export function findingsOf(
  numbers: ArrayLike<number>,
  labels: readonly Label[],
  activation: Activation = 'logits',
): Finding[] {
  if (numbers.length !== labels.length) throw new RangeError('a model has one output for each label')
  const given = Array.from(numbers)
  requireNumbers(given, labels, activation)
  const temperatures = labels.map(({ temperature = 1 }) => temperature)
  const outputs = outputsOf(given, activation, temperatures)
  return labels.flatMap(({ name, operatingPoint, defaultOff }, index) => {
    const one = outputs[index]
    if (operatingPoint === undefined || defaultOff || !one) return []
    const { logit, output } = one
    const score = normaliseScore(output, operatingPoint)
    return [{ label: name, logit, output, operatingPoint, score, positive: output >= operatingPoint }]
  })
}
