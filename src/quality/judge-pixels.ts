import { judge, type Observation, type Policies, type QualityCheck, type Verdict } from '../study/quality.ts'
import type { PixelMeasures } from './measure-pixels.ts'

/** Where each check begins to speak; how they were chosen stands in docs/quality-gate.md. */
const LEAST_RANGE = 0.05
const MOST_SATURATED = 0.3
const MOST_FLAT = 0.15
/** Between the two of each the check is not sure. */
const INVERTED = { perhaps: 0.2, surely: 0.5 }
const FRONTAL = { perhaps: 0.5, surely: 0.05 }

const below = (measured: number, limit: number): Observation => ({ speaks: measured < limit, measured, limit })
const above = (measured: number, limit: number): Observation => ({ speaks: measured > limit, measured, limit })

function inverted(measured: number): Observation {
  return { ...above(measured, INVERTED.perhaps), doubtful: measured <= INVERTED.surely }
}

function notFrontal(measured: number, saidFrontal: boolean): Observation {
  return { ...below(measured, FRONTAL.perhaps), doubtful: saidFrontal || measured >= FRONTAL.surely }
}

export type Judged = {
  readonly measures: PixelMeasures
  /** The side of the square that the model looks at. */
  readonly modelSize: number
  /** View Position says PA or AP: then pixels alone do not forbid to score the image as one. */
  readonly saidFrontal: boolean
}

/** What can be told from the pixels before the model. */
export function judgePixels({ measures, modelSize, saidFrontal }: Judged, policies: Policies): Verdict[] {
  const checks: readonly (readonly [QualityCheck, () => Observation])[] = [
    ['size', () => below(measures.shorterSide, modelSize)],
    ['constant', () => below(measures.usedRange, LEAST_RANGE)],
    ['saturated', () => above(measures.saturatedShare, MOST_SATURATED)],
    ['screenCapture', () => above(measures.flatShare, MOST_FLAT)],
    ['polarityPixels', () => inverted(measures.inverted)],
    ['frontalPixels', () => notFrontal(measures.frontal, saidFrontal)],
  ]
  return checks.map(([check, observe]) => judge(check, policies, observe))
}
