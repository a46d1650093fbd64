import type { Earlier } from '../db/analysis.ts'
import type { Failure } from '../failure.ts'
import { DECLINE_REASONS, type DeclineCode } from '../study/decline.ts'
import type { ModelOutcome } from './analyse-candidates.ts'
import type { ReadyModel } from './ready-model.ts'

const isDeclineCode = (code: string): code is DeclineCode => code in DECLINE_REASONS

/** A model that scored in an earlier attempt at the study has its results: that it fails now takes nothing from them. */
export const withoutDone = (outcomes: readonly ModelOutcome[], { scored }: Earlier): ModelOutcome[] =>
  outcomes.filter(({ failure, model }) => !(failure && scored.some(({ modelId }) => modelId === model?.id)))

/** What is left of earlier attempts where there was none now: the models that had not scored, failed like this. */
export const failedWhole = (
  { unscored }: Earlier,
  failure: Failure,
  models: ReadonlyMap<string, ReadyModel>,
): ModelOutcome[] =>
  unscored.flatMap(({ modelId, outcome, code }): ModelOutcome[] => {
    const model = models.get(modelId)?.model.identity
    if (!model) return []
    if (outcome === 'declined' && isDeclineCode(code)) return [{ model, declined: code, quality: [] }]
    return [{ model, failure, quality: [] }]
  })
