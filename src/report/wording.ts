import type { Caveat } from '../study/caveat.ts'
import type { Finding, ModelIdentity } from '../study/finding.ts'
import type { Explanation, Replaced } from './result-input.ts'

/** Every sentence a reader of a result sees. ASCII: it is valid in every Specific Character Set. */
export const RESEARCH_USE = 'AI - RESEARCH USE ONLY - NOT FOR DIAGNOSTIC USE'
export const DEMONSTRATION = 'DEMONSTRATION MODEL - SIMULATED RADIOGRAPHS ONLY'
export const NOT_EXCLUDED = 'A score below the operating point does not exclude the finding.'
export const NOT_REVIEWED = 'Not reviewed by a physician.'
/** Two lines. */
export const NOT_EXTENT = ['Shows what drove the score,', 'not where disease is or how far it extends.']
export const NO_LOCALISATION = 'no localisation'
export const OPERATING_POINT = 'operating point 50.0 %'

export const EXPLANATION_NAME: Readonly<Record<Explanation, string>> = {
  gradientWeightedClassActivation: 'Grad-CAM heat',
  saliency: 'Saliency (guided back-propagation)',
  occlusion: 'Occlusion',
}

export const NOT_ANALYSED = 'NOT ANALYSED'
/** Two sentences: what a page without a result must never be taken for. */
export const NO_RESULT = ['There is no AI result for this study.', 'This is not a negative result.']

/** The same of one model, where another has a result. */
export const NO_RESULT_BESIDE = [
  'This model has no AI result for this study. The results of other models do not stand in for it.',
  'This is not a negative result.',
]

export const reasonCodeText = (code: string): string => `Reason code ${code}`

/** The page that shows the heat maps of all findings together. */
export const COMBINED = 'All findings at or above the operating point'

/** `Pleural_Thickening` as people read it. */
export const displayName = (label: string): string => label.replaceAll('_', ' ')

/** Percent of the normalised score, one decimal; rounding never moves a finding across the operating point. */
export function scorePercent({ score, positive }: Finding): string {
  const percent = Math.round(score * 1000) / 10
  return (positive ? Math.max(percent, 50) : Math.min(percent, 49.9)).toFixed(1)
}

export const operatingPointText = (finding: Finding): string =>
  `${OPERATING_POINT} (model output ${Number(finding.operatingPoint.toPrecision(3))})`

export const calibrationText = ({ version, sha256 }: NonNullable<ModelIdentity['calibration']>): string =>
  `Site calibration ${version} (SHA-256 ${sha256})`

export const sideText = (finding: Finding): string => (finding.positive ? 'AT OR ABOVE' : 'below')

export const scoreSentence = (finding: Finding): string =>
  `${scorePercent(finding)} % (${OPERATING_POINT}) - ${sideText(finding)}`

/** Positive findings, highest score first; equal scores keep the model's order. */
export const positivesOf = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter((finding) => finding.positive).sort((a, b) => b.score - a.score)

/** What a reader must know about the scores of this image. */
export const caveatText = ({ text }: Caveat): string => `CAVEAT: ${text}`

export const modelText = (model: ModelIdentity): string => `${model.name} ${model.version}`

export const cautions = (model: ModelIdentity): readonly string[] =>
  model.demonstration ? [RESEARCH_USE, DEMONSTRATION] : [RESEARCH_USE]

export const KEY_OBJECTS_DESCRIPTION = `${RESEARCH_USE}. The radiograph that was analysed, and the pictures made of it.`

/** SeriesDescription, LO: at most 64 characters. */
export const keyObjectsSeriesDescription = (model: ModelIdentity): string =>
  model.demonstration
    ? 'AI key objects - DEMO, SIMULATED ONLY - RESEARCH USE ONLY'
    : 'AI key objects - RESEARCH USE ONLY'

/** SeriesDescription, LO: at most 64 characters. */
export const gspsSeriesDescription = (model: ModelIdentity): string =>
  model.demonstration ? 'AI outlines - DEMO, SIMULATED ONLY - RESEARCH USE ONLY' : 'AI outlines - RESEARCH USE ONLY'

/** DocumentTitle, ST, and SeriesDescription, LO: at most 64 characters. */
export const pdfTitle = (model: ModelIdentity): string =>
  model.demonstration ? 'AI CXR report - DEMO, SIMULATED ONLY - RESEARCH USE ONLY' : 'AI CXR report - RESEARCH USE ONLY'

/** SeriesDescription, LO: at most 64 characters. */
export const notAnalysedSeriesDescription = (model: ModelIdentity): string =>
  model.demonstration
    ? 'AI CXR: NOT ANALYSED - DEMO, SIMULATED ONLY - RESEARCH USE ONLY'
    : 'AI CXR: NOT ANALYSED - RESEARCH USE ONLY'

/** SeriesDescription, LO: at most 64 characters. */
export const srSeriesDescription = (model: ModelIdentity): string =>
  model.demonstration
    ? 'AI CXR findings - DEMO, SIMULATED ONLY - RESEARCH USE ONLY'
    : 'AI CXR findings - RESEARCH USE ONLY'

export const scSeriesDescription = (model: ModelIdentity): string =>
  model.demonstration
    ? 'AI heatmap - DEMO, SIMULATED ONLY - NOT FOR DIAGNOSTIC USE'
    : 'AI heatmap - NOT FOR DIAGNOSTIC USE'

/** Another document, not a new version of the old one: its content is not carried over. */
export const replacesText = ({ sopInstanceUid, modelId, modelVersion }: Replaced): string =>
  `Replaces the result of ${modelId} ${modelVersion}, SOP Instance UID ${sopInstanceUid}.`

/** SeriesDescription, LO: at most 64 characters. */
export const REJECTED_SERIES_DESCRIPTION = 'AI results rejected - NOT TO BE USED'
export const SUPERSEDED_TEXT = 'Superseded by a newer result of the same study.'
/** Of a message that nothing newer takes the place of. */
export const WITHDRAWN_TEXT = 'Withdrawn. The study has no current result.'
export const recalledText = ({ modelId, modelVersion }: Omit<Replaced, 'sopInstanceUid'>): string =>
  `Results of ${modelId} ${modelVersion} are recalled. They are not to be used.`
