import type { Failure } from '../failure.ts'
import { DECLINE_REASONS, type DeclineCode } from '../study/decline.ts'
import type { ResultOrigin } from './result-input.ts'
import { sourceImage } from './source-image.ts'

/** Why a study has no result: the node may not analyse it, or the analysis failed. `words` are ASCII. */
export type Cause = {
  readonly outcome: 'declined' | 'failed'
  readonly code: string
  readonly words: string
  /** How often a page like it was superseded before, and perhaps rejected: it cannot come back under its old UIDs. */
  readonly returns?: number
  /** It is one model that has no result; another has. */
  readonly beside?: boolean
}

/** The same for the same study and cause, whatever was looked at and (unless others have a result) whichever model would have run. */
export const notAnalysedIdentity = (
  { source, node, model }: ResultOrigin,
  { code, returns = 0, beside = false }: Cause,
): readonly string[] => [
  ...[sourceImage(source).studyInstanceUid, 'not analysed', code, node.version],
  ...(beside ? [model.id, model.version] : []),
  ...(returns > 0 ? [String(returns)] : []),
]

export const declinedFor = (code: DeclineCode): Cause => ({ outcome: 'declined', code, words: DECLINE_REASONS[code] })

/** A failure's message is for operators; readers are told its code. */
export const failedWith = ({ code }: Failure): Cause => ({ outcome: 'failed', code, words: 'the analysis failed' })
