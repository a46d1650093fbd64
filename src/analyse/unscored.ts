import { type Cause, declinedFor, failedWith } from '../report/not-analysed.ts'
import { DECLINE_REASONS, type DeclineCode } from '../study/decline.ts'
import type { ModelIdentity } from '../study/finding.ts'
import type { Unscored } from '../study/unscored.ts'
import type { ModelOutcome } from './analyse-candidates.ts'

/** The models that did not score, and why. */
export const unscoredOf = (outcomes: readonly ModelOutcome[]): Unscored[] =>
  outcomes.flatMap(({ model, failure, declined }): Unscored[] => {
    if (!model) return []
    const about = { modelId: model.id, modelVersion: model.version }
    if (failure) return [{ ...about, outcome: 'failed', code: failure.code, reason: failure.message }]
    return declined ? [{ ...about, outcome: 'declined', code: declined, reason: DECLINE_REASONS[declined] }] : []
  })

/** The study is another model's business: a page would come with every study of such a patient. */
const NOT_MEANT: readonly DeclineCode[] = ['AGE_NOT_INTENDED', 'VIEW_NOT_INTENDED']

/** What destinations are told of models that did not score, where others did. */
export const causesBeside = (outcomes: readonly ModelOutcome[]): { model: ModelIdentity; cause: Cause }[] =>
  outcomes.flatMap(({ model, failure, declined }) => {
    if (!model) return []
    if (failure) return [{ model, cause: { ...failedWith(failure), beside: true } }]
    if (!declined || NOT_MEANT.includes(declined)) return []
    return [{ model, cause: { ...declinedFor(declined), beside: true } }]
  })
