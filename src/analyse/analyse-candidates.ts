import { asFailure, Failure, type FailureCode } from '../failure.ts'
import type { Events } from '../observe/events.ts'
import type { ModelIdentity } from '../study/finding.ts'
import type { Verdict } from '../study/quality.ts'
import { type AnalyseImageDeps, analyseImage, type ImageAnalysis } from './analyse-image.ts'
import { chooseModels, type ModelRule } from './choose-models.ts'
import type { ReadyModel } from './ready-model.ts'
import { type Candidate, type SelectedImage, selectImages } from './select-images.ts'

export type Deps = AnalyseImageDeps & {
  events: Pick<Events, 'imageJudged' | 'fileUnreadable'>
  models: ReadonlyMap<string, ReadyModel>
  rules: readonly ModelRule[]
}

/** What one model made of a study; without a model, that the rules choose none. */
export type ModelOutcome = { model?: ModelIdentity } & (
  | ImageAnalysis
  | { failure: Failure; quality: Verdict[]; declined?: never; image?: never }
)

/** What became of each model that the rules choose, in their order; of none, why not. That one fails is not the others' fault. */
export async function analyseCandidates(deps: Deps, candidates: readonly Candidate[]): Promise<ModelOutcome[]> {
  const chosen = chooseModels(deps.rules, candidates)
  const outcomes: ModelOutcome[] = []
  for (const [id, ready] of deps.models) {
    const own = chosen.get(id)
    if (!own) continue
    const outcome = await analyseBest(deps, ready, own).catch((error: unknown) => ({
      ...{ failure: asFailure(error, 'INTERNAL'), quality: [] },
    }))
    outcomes.push({ model: ready.model.identity, ...outcome })
  }
  if (outcomes.length > 0) return outcomes
  const { judged, declined } = selectImages(candidates, deps.policies, {})
  return [{ declined: declined ?? 'NO_MODEL', quality: judged.flatMap(({ verdicts }) => verdicts) }]
}

/** The best image for a model that can be decoded and may be scored; where there is none, why not the best. */
async function analyseBest(deps: Deps, ready: ReadyModel, candidates: readonly Candidate[]): Promise<ImageAnalysis> {
  const { judged, images, declined } = selectImages(candidates, deps.policies, ready.model.manifest)
  for (const { verdicts } of judged) deps.events.imageJudged(verdicts)
  if (declined) return { declined, quality: judged.flatMap(({ verdicts }) => verdicts) }
  let first: ImageAnalysis | Failure | undefined
  for (const image of images) {
    const analysis = await analyseUnlessCorrupt(deps, ready, image)
    if (!(analysis instanceof Failure) && !analysis.declined) return analysis
    first ??= analysis
  }
  if (first && !(first instanceof Failure)) return first
  throw first ?? new Failure('NOT_FOUND', 'no image to analyse')
}

const CORRUPT: readonly FailureCode[] = ['PIXELS_UNREADABLE', 'DATA_SET_UNREADABLE']

async function analyseUnlessCorrupt(
  deps: Deps,
  ready: ReadyModel,
  image: SelectedImage,
): Promise<ImageAnalysis | Failure> {
  try {
    const analysis = await analyseImage(deps, ready, image)
    deps.events.imageJudged(analysis.quality.slice(image.verdicts.length))
    return analysis
  } catch (error) {
    const failure = asFailure(error, 'INTERNAL')
    if (!CORRUPT.includes(failure.code)) throw failure
    deps.events.fileUnreadable(image.instanceId, failure)
    return failure
  }
}
