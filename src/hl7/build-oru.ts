import { Concept } from '../report/concepts.ts'
import { codeOf } from '../report/finding-codes.ts'
import type { Replaced, ResultOrigin } from '../report/result-input.ts'
import { sourceImage } from '../report/source-image.ts'
import { summaryLines } from '../report/summary-lines.ts'
import { positivesOf, scorePercent } from '../report/wording.ts'
import type { Caveat } from '../study/caveat.ts'
import type { Finding, FindingCodes } from '../study/finding.ts'
import { assembleOru, coded, IMPRESSION, type Observation, type Oru, type OruProfile } from './oru.ts'

export type OruInput = ResultOrigin & {
  /** In the model's order. */
  readonly findings: readonly Finding[]
  readonly caveats: readonly Caveat[]
  readonly codes: FindingCodes
  /** Reports of the same study that this message's replaces. */
  readonly replaces?: readonly Replaced[]
  /** Identifies thresholds, codes and settings: part of the message's identity. */
  readonly configHash: string
}

function observationsOf({ findings, caveats, codes, model, replaces }: OruInput): Observation[] {
  const positives = positivesOf(findings)
  const outcome = positives.length > 0 ? Concept.SucceededWithFindings : Concept.SucceededWithoutFindings
  return [
    ['CWE', Concept.CadProcessingAndFindingsSummary, '', coded(outcome)],
    ...summaryLines(findings, caveats, model, replaces).map((line): Observation => ['TX', IMPRESSION, '', line]),
    ...positives.flatMap((finding, at): Observation[] => [
      ['CWE', Concept.Finding, String(at + 1), coded(codeOf(codes, finding.label).finding)],
      ['NM', Concept.CertaintyOfFinding, String(at + 1), scorePercent(finding), Concept.Percent],
    ]),
  ]
}

/** The message of one analysed radiograph: the same for the same image, model, settings and node version. */
export function buildOru(input: OruInput, profile: OruProfile): Oru {
  const { source, model, node, configHash } = input
  const run = [sourceImage(source).sopInstanceUid, model.deviceUid, configHash, node.version]
  return assembleOru(input, profile, run, observationsOf(input))
}
