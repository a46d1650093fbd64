import { Failure } from '../failure.ts'
import type { Finding } from '../study/finding.ts'

/** One output of a model; without an operating point it is untrained and says nothing. */
export type Label = {
  readonly name: string
  readonly operatingPoint?: number | undefined
  /** Known to be of no use: never among the findings. */
  readonly defaultOff?: true | undefined
}

export const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit))

/** Output 0 to 1 → score 0 to 1 with the operating point at 0.5 (TorchXRayVision `op_norm`). Not a probability. */
export function normaliseScore(output: number, operatingPoint: number): number {
  if (output < operatingPoint) return output / (2 * operatingPoint)
  return 1 - (1 - output) / (2 * (1 - operatingPoint))
}

/**
 * A finding for each label that has an operating point and is not off, in the model's order; `logits` as given.
 * @throws Failure MODEL_INVALID when an output is NaN or infinite
 */
export function findingsOf(logits: ArrayLike<number>, labels: readonly Label[]): Finding[] {
  if (logits.length !== labels.length) throw new RangeError('a model has one logit for each label')
  return labels.flatMap(({ name, operatingPoint, defaultOff }, index) => {
    const logit = logits[index]
    if (operatingPoint === undefined || defaultOff || logit === undefined) return []
    // Compared with anything, it would read as a negative finding.
    if (!Number.isFinite(logit)) throw new Failure('MODEL_INVALID', `the model's output for ${name} is not a number`)
    const output = sigmoid(logit)
    const score = normaliseScore(output, operatingPoint)
    return [{ label: name, logit, output, operatingPoint, score, positive: output >= operatingPoint }]
  })
}
