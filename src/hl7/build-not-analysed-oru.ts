import { Concept } from '../report/concepts.ts'
import type { Cause } from '../report/not-analysed.ts'
import type { ResultOrigin } from '../report/result-input.ts'
import { sourceImage } from '../report/source-image.ts'
import { cautions, NO_RESULT, NOT_ANALYSED } from '../report/wording.ts'
import { assembleOru, coded, IMPRESSION, type Observation, type Oru, type OruProfile } from './oru.ts'

/** That nothing was analysed, and why: nothing in it may be read as the absence of a finding. */
export function buildNotAnalysedOru(origin: ResultOrigin, { outcome, code, words }: Cause, profile: OruProfile): Oru {
  const { source, node, model } = origin
  const identity = [sourceImage(source).studyInstanceUid, 'not analysed', code, node.version]
  const lines = [`${cautions(model).join('. ')}.`, `${NOT_ANALYSED}: ${words} (${code}).`, ...NO_RESULT]
  return assembleOru(origin, profile, identity, [
    ['CWE', Concept.SummaryOfDetections, '', coded(outcome === 'failed' ? Concept.Failed : Concept.NotAttempted)],
    ...lines.map((line): Observation => ['TX', IMPRESSION, '', line]),
  ])
}
