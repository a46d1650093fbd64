import type { DataSet } from '../dicom/data-set.ts'
import type { Finding, FindingCode, HeatMap, ModelIdentity } from '../study/finding.ts'
import { Concept } from './concepts.ts'
import {
  codeContent,
  codeItem,
  containerContent,
  type InstanceReference,
  imageContent,
  numberContent,
  regionContent,
  textContent,
  uidContent,
} from './content-item.ts'
import { heatOutline } from './heat-outline.ts'
import { referenceTo, type SourceImage } from './source-image.ts'
import { calibrationText, displayName, operatingPointText, scorePercent } from './wording.ts'

/** What one positive finding says in the SR. `heatMapImage` is its Secondary Capture, where there is one. */
export type GroupInput = {
  readonly finding: Finding
  readonly code: FindingCode
  readonly model: ModelIdentity
  readonly image: SourceImage
  readonly trackingUid: string
  readonly map: HeatMap | undefined
  readonly heatMapImage: InstanceReference | undefined
}

const wholeImage = ({ rows, columns }: SourceImage): readonly number[] =>
  [
    [0, 0],
    [columns, 0],
    [columns, rows],
    [0, rows],
    [0, 0],
  ].flat()

/**
 * Column and row of the outline in the source's pixels, 0\0 being the top left corner of the top left pixel
 * (PS3.3 C.18.6.1); the whole image where the model did not localise.
 */
function regionPoints(map: HeatMap | undefined, image: SourceImage): readonly number[] {
  const outline = map ? heatOutline(map) : []
  if (!map || outline.length === 0) return wholeImage(image)
  const hundredths = (value: number) => Math.round(value * 100) / 100
  return outline.flatMap(([x, y]) => [
    hundredths((x / map.columns) * image.columns),
    hundredths((y / map.rows) * image.rows),
  ])
}

/** TID 4019 Algorithm Identification, PS3.16. */
const algorithmIdentification = (finding: Finding, model: ModelIdentity): readonly DataSet[] => [
  textContent('HAS CONCEPT MOD', Concept.AlgorithmName, model.name),
  textContent('HAS CONCEPT MOD', Concept.AlgorithmVersion, model.version),
  textContent('HAS CONCEPT MOD', Concept.AlgorithmParameters, operatingPointText(finding)),
  ...(model.calibration
    ? [textContent('HAS CONCEPT MOD', Concept.AlgorithmParameters, calibrationText(model.calibration))]
    : []),
]

/** TID 1501 Measurement and Qualitative Evaluation Group, PS3.16. Every child is named: viewers rely on it. */
export function measurementGroup(input: GroupInput): DataSet {
  const { finding, code, model, image, heatMapImage } = input
  const source = referenceTo(image)
  const children = [
    textContent('HAS OBS CONTEXT', Concept.TrackingIdentifier, displayName(finding.label)),
    uidContent('HAS OBS CONTEXT', Concept.TrackingUniqueIdentifier, input.trackingUid),
    codeContent('CONTAINS', Concept.Finding, codeItem(code.finding)),
    codeContent('HAS CONCEPT MOD', Concept.FindingSite, codeItem(code.site)),
    ...algorithmIdentification(finding, model),
    numberContent('CONTAINS', Concept.CertaintyOfFinding, scorePercent(finding), Concept.Percent),
    imageContent('CONTAINS', Concept.SourceOfMeasurement, source),
    ...(heatMapImage ? [imageContent('CONTAINS', Concept.VisualExplanation, heatMapImage)] : []),
    regionContent(regionPoints(input.map, image), source),
  ]
  return containerContent(Concept.MeasurementGroup, children, '1501')
}
