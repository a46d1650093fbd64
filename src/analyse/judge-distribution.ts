import type { Inference, Model } from '../inference/open-model.ts'
import { distance, pooledFeatures } from '../model/distribution.ts'
import { judge, type Policies, type Verdict } from '../study/quality.ts'

/** Whether the model knows such images, as far as its features tell; unknown where nobody has fitted that. */
export function judgeDistribution(
  { distribution, manifest }: Model,
  { features }: Inference,
  policies: Policies,
): Verdict {
  return judge('distribution', policies, () => {
    if (!distribution || !features) return { speaks: 'unknown' }
    const measured = distance(distribution, pooledFeatures(features, manifest.gradCam?.relu === true))
    const { limit } = distribution
    return { speaks: measured > limit, measured, limit }
  })
}
