import { asFailure, Failure, type FailureCode } from '../failure.ts'
import type { Events } from '../observe/events.ts'
import { type AnalyseImageDeps, analyseImage, type ImageAnalysis } from './analyse-image.ts'
import { chooseModels, type ModelRule } from './choose-models.ts'
import type { ReadyModel } from './ready-model.ts'
import { type Candidate, type SelectedImage, selectImages } from './select-images.ts'

export type Deps = AnalyseImageDeps & {
  events: Pick<Events, 'imageJudged' | 'fileUnreadable'>
  models: ReadonlyMap<string, ReadyModel>
  rules: readonly ModelRule[]
}

/** What became of each model that the rules choose, in their order; of none, why not. */
export async function analyseCandidates(deps: Deps, candidates: readonly Candidate[]): Promise<ImageAnalysis[]> {
  const chosen = chooseModels(deps.rules, candidates)
  const analyses: ImageAnalysis[] = []
  for (const [id, ready] of deps.models) {
    const own = chosen.get(id)
    if (own) analyses.push(await analyseBest(deps, ready, own))
  }
  if (analyses.length > 0) return analyses
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
