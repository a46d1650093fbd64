import type { Failure } from '../failure.ts'
import { DECLINE_REASONS, type DeclineCode } from '../study/decline.ts'

/** Why a study has no result: the node may not analyse it, or the analysis failed. `words` are ASCII. */
export type Cause = {
  readonly outcome: 'declined' | 'failed'
  readonly code: string
  readonly words: string
}

export const declinedFor = (code: DeclineCode): Cause => ({ outcome: 'declined', code, words: DECLINE_REASONS[code] })

/** A failure's message is for operators; readers are told its code. */
export const failedWith = ({ code }: Failure): Cause => ({ outcome: 'failed', code, words: 'the analysis failed' })
