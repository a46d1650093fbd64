import type { Deferral, StudyClaim } from '../db/study.ts'
import type { Failure, FailureCode } from '../failure.ts'
import { backoffMs } from '../study/backoff.ts'

const RETRY = { firstMs: 2000, longestMs: 60_000 }
/** A full disk or a database that is down is waited for, however long. */
const NODE_TROUBLE_MS = 10_000

/** What tells of this study; only so often is it tried. Anything else that passes tells of the node around it. */
const OF_THE_STUDY: readonly FailureCode[] = ['CHILD_DIED', 'CHILD_TIMED_OUT', 'INTERNAL']

export const waitForNode = ({ code: reasonCode, message: reason }: Failure): Deferral => ({
  ...{ delayMs: NODE_TROUBLE_MS, counts: false, reasonCode, reason },
})

/** When to try again after a failure; undefined when that is of no use, or was tried often enough. */
export function deferralOf(
  { attempts }: Pick<StudyClaim, 'attempts'>,
  failure: Failure,
  maximumAttempts: number,
): Deferral | undefined {
  if (failure.retry === 'permanent') return undefined
  if (!OF_THE_STUDY.includes(failure.code)) return waitForNode(failure)
  if (attempts >= maximumAttempts) return undefined
  const delayMs = backoffMs(attempts, RETRY.firstMs, RETRY.longestMs)
  return { delayMs, counts: true, reasonCode: failure.code, reason: failure.message }
}

/** Of several models' failures the one that decides: what counts as an attempt, before what is waited for, before the rest. */
export function decisive(
  study: Pick<StudyClaim, 'attempts'>,
  failures: readonly Failure[],
  maximumAttempts: number,
): { failure: Failure; deferral: Deferral | undefined } | undefined {
  const all = failures.map((failure) => ({ failure, deferral: deferralOf(study, failure, maximumAttempts) }))
  return all.find(({ deferral }) => deferral?.counts) ?? all.find(({ deferral }) => deferral) ?? all[0]
}
