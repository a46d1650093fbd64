import type { Failure } from '../failure.ts'
import type { DeclineCode } from '../study/decline.ts'
import { QUALITY_REASONS, type Verdict } from '../study/quality.ts'
import type { RejectionReason } from '../study/rejection.ts'
import { causeOf } from './cause.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'

type Study = { studyInstanceUid: string; revision: number }

export const analyseEvents = (log: Logger, metrics: Metrics) => ({
  senderUnknown: (callingAeTitle: string) =>
    log.warn({ callingAeTitle }, 'results cannot return to their sender: no destination has its AE title'),
  studyCompleted(study: Study) {
    metrics.completed.inc()
    log.info(study, 'study complete')
  },
  /** Counts what was said against one image; whether the study is declined is another matter. */
  imageJudged(verdicts: readonly Verdict[]) {
    for (const { check, outcome } of verdicts)
      if (outcome === 'declined' || outcome === 'caveat' || outcome === 'failed')
        metrics.judged.inc({ reason: QUALITY_REASONS[check], outcome })
  },
  studyDeclined(study: Study, reason: DeclineCode) {
    metrics.declined.inc({ reason })
    log.info({ ...study, reason }, 'study declined')
  },
  studyAnalysed(study: Study, durations: Readonly<Record<string, number>>, positive: number) {
    metrics.analysed.inc()
    for (const [stage, ms] of Object.entries(durations)) metrics.stage.observe({ stage }, ms / 1000)
    log.info({ ...study, durations, positive }, 'study analysed')
  },
  /** Another model scored the study. */
  modelUnscored(study: Study, model: string, outcome: 'declined' | 'failed', reason: string) {
    metrics.unscored.inc({ model, outcome, reason })
    log.warn({ ...study, model, outcome, reason }, 'one of several models did not score the study')
  },
  resultsRejected(studyInstanceUid: string, results: number, reason: RejectionReason) {
    metrics.rejected.inc({ reason }, results)
    log.info({ studyInstanceUid, results, reason }, 'results rejected')
  },
  rejectionFailed(studyInstanceUid: string, failure: Failure) {
    log.error({ studyInstanceUid, ...causeOf(failure) }, 'a rejection note could not be made, tried again')
  },
  analysisFailed(study: Study, failure: Failure, then: 'retried' | 'given-up') {
    metrics.failed.inc({ code: failure.code, then })
    log.error({ ...study, ...causeOf(failure), then }, 'analysis failed')
  },
})
