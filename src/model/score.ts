import type { Finding } from '../study/finding.ts'

/** One output of a model; without an operating point it is untrained and says nothing. */
export type Label = { readonly name: string; readonly operatingPoint?: number | undefined }

export const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit))

/** Output 0 to 1 → score 0 to 1 with the operating point at 0.5 (TorchXRayVision `op_norm`). Not a probability. */
export function normaliseScore(output: number, operatingPoint: number): number {
  if (output < operatingPoint) return output / (2 * operatingPoint)
  return 1 - (1 - output) / (2 * (1 - operatingPoint))
}

/** A finding for each label that has an operating point, in the model's order; `logits` as the model gave them. */
export function findingsOf(logits: ArrayLike<number>, labels: readonly Label[]): Finding[] {
  if (logits.length !== labels.length) throw new RangeError('a model has one logit for each label')
  return labels.flatMap(({ name, operatingPoint }, index) => {
    const logit = logits[index]
    if (operatingPoint === undefined || logit === undefined) return []
    const output = sigmoid(logit)
    const score = normaliseScore(output, operatingPoint)
    return [{ label: name, logit, output, operatingPoint, score, positive: output >= operatingPoint }]
  })
}
