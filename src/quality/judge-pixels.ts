import { judge, type Observation, type Policies, type QualityCheck, type Verdict } from '../study/quality.ts'
import type { PixelMeasures } from './measure-pixels.ts'

/** Where each check begins to speak; how they were chosen stands in docs/quality-gate.md. */
const LEAST_RANGE = 0.05
const MOST_SATURATED = 0.3
const MOST_FLAT = 0.15

const below = (measured: number, limit: number): Observation => ({ speaks: measured < limit, measured, limit })
const above = (measured: number, limit: number): Observation => ({ speaks: measured > limit, measured, limit })

/** What can be told from the pixels before the model; `modelSize` is the side of the square it looks at. */
export function judgePixels(measures: PixelMeasures, modelSize: number, policies: Policies): Verdict[] {
  const checks: readonly (readonly [QualityCheck, () => Observation])[] = [
    ['size', () => below(measures.shorterSide, modelSize)],
    ['constant', () => below(measures.usedRange, LEAST_RANGE)],
    ['saturated', () => above(measures.saturatedShare, MOST_SATURATED)],
    ['screenCapture', () => above(measures.flatShare, MOST_FLAT)],
  ]
  return checks.map(([check, observe]) => judge(check, policies, observe))
}
