import { Concept } from '../report/concepts.ts'
import { type Cause, notAnalysedIdentity } from '../report/not-analysed.ts'
import type { ResultOrigin } from '../report/result-input.ts'
import { cautions, NO_RESULT, NOT_ANALYSED } from '../report/wording.ts'
import { assembleOru, coded, IMPRESSION, type Observation, type Oru, type OruProfile } from './oru.ts'

/** That nothing was analysed, and why: nothing in it may be read as the absence of a finding. */
export function buildNotAnalysedOru(origin: ResultOrigin, cause: Cause, profile: OruProfile): Oru {
  const { model } = origin
  const { outcome, code, words } = cause
  const lines = [`${cautions(model).join('. ')}.`, `${NOT_ANALYSED}: ${words} (${code}).`, ...NO_RESULT]
  return assembleOru(origin, profile, notAnalysedIdentity(origin, cause), [
    ['CWE', Concept.SummaryOfDetections, '', coded(outcome === 'failed' ? Concept.Failed : Concept.NotAttempted)],
    ...lines.map((line): Observation => ['TX', IMPRESSION, '', line]),
  ])
}
