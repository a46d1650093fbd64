import { asFailure, type Failure, type FailureCode } from '../failure.ts'
import { backoffMs } from '../study/backoff.ts'
import type { Settled } from './settle-offer.ts'

/** What says that a destination is not there, or does not work, rather than anything of what it was offered. */
export const OF_THE_DESTINATION: readonly FailureCode[] = [
  'ASSOCIATION_ABORTED',
  'ASSOCIATION_REJECTED_TRANSIENT',
  'HTTP_FAILURE',
  'PEER_SILENT',
  'PEER_UNREACHABLE',
  'TLS_FAILED',
]

/** Whether a destination is worth offering anything to; so that one that is down is asked by itself, not with each study. */
export type Breaker = Disposable & {
  readonly isOpen: boolean
  /** What became of a study's results. */
  observe(settled: readonly Settled[]): void
}

export type BreakerOptions = {
  /** Opens after so many studies in a row of which the destination took and answered nothing. */
  readonly openAfter: number
  readonly retry: { readonly firstMs: number; readonly longestMs: number }
  /** A sign of life, asked for while open. */
  probe(): Promise<unknown>
  opened(failure: Failure): void
  /** It shows signs of life. */
  closed(openForMs: number): void
}

/**
 * Closed, then open, then half-open: with a sign of life it is tried again, and one failure opens it again at once, with
 * the wait going on to grow, until it has taken or answered something.
 */
export function openBreaker({ openAfter, retry, probe, opened, closed }: BreakerOptions): Breaker {
  let failures = 0
  let probes = 0
  let openSince: number | undefined
  let timer: NodeJS.Timeout | undefined
  let disposed = false
  const later = () => {
    probes++
    if (!disposed) timer = setTimeout(look, backoffMs(probes, retry.firstMs, retry.longestMs))
  }
  const look = () => {
    probe().then(
      () => {
        const openForMs = Date.now() - (openSince ?? Date.now())
        openSince = undefined
        failures = openAfter - 1
        if (!disposed) closed(openForMs)
      },
      () => later(),
    )
  }
  const fail = (failure: Failure) => {
    failures++
    if (failures < openAfter || openSince !== undefined) return
    openSince = Date.now()
    opened(asFailure(failure, 'INTERNAL'))
    later()
  }
  return {
    get isOpen() {
      return openSince !== undefined
    },
    observe(settled) {
      const [first] = settled
      const silent = settled.every(({ failure }) => failure && OF_THE_DESTINATION.includes(failure.code))
      if (first?.failure && silent) return fail(first.failure)
      if (!settled.some((each) => each.way === 'sent' || each.answered)) return
      failures = 0
      probes = 0
    },
    [Symbol.dispose]() {
      disposed = true
      clearTimeout(timer)
    },
  }
}
