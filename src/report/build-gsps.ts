import type { DataSet } from '../dicom/data-set.ts'
import type { Header } from '../dicom/header.ts'
import { SopClass } from '../dicom/sop-classes.ts'
import type { Finding } from '../study/finding.ts'
import { type InstanceReference, referencedSop } from './content-item.ts'
import { contributingEquipment, generalEquipment } from './equipment.ts'
import { heatOutline } from './heat-outline.ts'
import { localTime } from './local-time.ts'
import type { ResultInput } from './result-input.ts'
import { resultUids } from './result-uids.ts'
import { copied, patientAndStudy } from './source-attributes.ts'
import { referenceTo, type SourceImage, sourceImage, verbatim } from './source-image.ts'
import { displayName, gspsSeriesDescription, positivesOf, RESEARCH_USE, scorePercent } from './wording.ts'

const LAYER = 'AI'

/** The outline of one finding's heat on the radiograph's own pixels, closed, with its name and score; none without heat. */
function annotation(finding: Finding, { maps }: ResultInput, image: SourceImage): DataSet[] {
  const map = maps.get(finding.label)
  const outline = map ? heatOutline(map) : []
  if (!map || outline.length === 0) return []
  const points = outline.map(([x, y]) => [(x / map.columns) * image.columns, (y / map.rows) * image.rows] as const)
  const lowest = points.reduce((a, b) => (b[1] > a[1] ? b : a))
  return [
    {
      ...referencedImages(referenceTo(image)),
      GraphicLayer: LAYER,
      TextObjectSequence: [
        {
          UnformattedTextValue: `AI: ${displayName(finding.label)} ${scorePercent(finding)} %`,
          AnchorPointAnnotationUnits: 'PIXEL',
          AnchorPoint: [...lowest],
          AnchorPointVisibility: 'N',
        },
      ],
      GraphicObjectSequence: [
        {
          GraphicAnnotationUnits: 'PIXEL',
          GraphicDimensions: 2,
          NumberOfGraphicPoints: points.length,
          GraphicData: points.flat(),
          GraphicType: 'POLYLINE',
          GraphicFilled: 'N',
        },
      ],
    },
  ]
}

/** The caution stands in a corner of the display, not of the image. */
const caution = (image: SourceImage): DataSet => ({
  ...referencedImages(referenceTo(image)),
  GraphicLayer: LAYER,
  TextObjectSequence: [
    {
      UnformattedTextValue: `${RESEARCH_USE}. Outlines of heat maps, not of disease.`,
      BoundingBoxAnnotationUnits: 'DISPLAY',
      BoundingBoxTopLeftHandCorner: [0.02, 0.94],
      BoundingBoxBottomRightHandCorner: [0.98, 0.99],
      BoundingBoxTextHorizontalJustification: 'LEFT',
    },
  ],
})

const referencedImages = (reference: InstanceReference): DataSet => ({
  ReferencedImageSequence: [referencedSop(reference)],
})

/** The grey that the radiograph has without this state: its own rescale, first window and polarity (PS3.3 C.11.6). */
function greyscale(source: Header): DataSet {
  const window = source.number('WindowCenter') !== undefined && source.number('WindowWidth') !== undefined
  return {
    ...(source.number('RescaleSlope') !== undefined && {
      RescaleIntercept: source.number('RescaleIntercept') ?? 0,
      RescaleSlope: source.number('RescaleSlope') ?? 1,
      RescaleType: 'US',
      ...copied(source, ['RescaleType']),
    }),
    ...(window && {
      SoftcopyVOILUTSequence: [
        {
          WindowCenter: [source.number('WindowCenter') ?? 0],
          WindowWidth: [source.number('WindowWidth') ?? 1],
          ...copied(source, ['VOILUTFunction']),
        },
      ],
    }),
    PresentationLUTShape: source.string('PhotometricInterpretation') === 'MONOCHROME1' ? 'INVERSE' : 'IDENTITY',
  }
}

const displayedArea = (image: SourceImage): DataSet => ({
  DisplayedAreaSelectionSequence: [
    {
      ...referencedImages(referenceTo(image)),
      DisplayedAreaTopLeftHandCorner: [1, 1],
      DisplayedAreaBottomRightHandCorner: [image.columns, image.rows],
      PresentationSizeMode: 'SCALE TO FIT',
      PresentationPixelAspectRatio: ['1', '1'],
    },
  ],
})

/** A presentation state would take the place of a table of the source that it cannot repeat. */
const isShownByTable = (source: Header): boolean =>
  source.items('ModalityLUTSequence').length > 0 ||
  (source.items('VOILUTSequence').length > 0 && source.number('WindowCenter') === undefined)

/**
 * Grayscale Softcopy Presentation State, PS3.3 A.33.1: outlines of the heat maps over the radiograph. Undefined where there
 * is nothing to outline, or where the radiograph is shown by a lookup table of its own.
 * @throws Failure RESULT_INVALID
 */
export function buildGsps(input: ResultInput): DataSet | undefined {
  const { source, node, model, startedAt } = input
  const image = sourceImage(source)
  const annotations = positivesOf(input.findings).flatMap((finding) => annotation(finding, input, image))
  if (annotations.length === 0 || isShownByTable(source)) return undefined
  const time = localTime(startedAt, source.string('TimezoneOffsetFromUTC'))
  const uids = resultUids(input)
  const { seriesInstanceUid, ...reference } = referenceTo(image)
  return {
    ...patientAndStudy(source),
    ...generalEquipment(node, model),
    ...contributingEquipment(model, time),
    SOPClassUID: SopClass.GrayscaleSoftcopyPresentationStateStorage,
    SOPInstanceUID: uids.gsps(SopClass.GrayscaleSoftcopyPresentationStateStorage),
    StudyInstanceUID: verbatim(image.studyInstanceUid),
    Modality: 'PR',
    SeriesInstanceUID: uids.gspsSeries,
    SeriesNumber: 9904,
    SeriesDate: time.date,
    SeriesTime: time.time,
    SeriesDescription: gspsSeriesDescription(model),
    // Without it Laterality would be required (PS3.3 C.7.3.1).
    BodyPartExamined: 'CHEST',
    InstanceNumber: 1,
    InstanceCreationDate: time.date,
    InstanceCreationTime: time.time,
    ContentLabel: 'AI_OUTLINES',
    ContentDescription: 'Outlines of heat maps',
    ContentCreatorName: null,
    PresentationCreationDate: time.date,
    PresentationCreationTime: time.time,
    ReferencedSeriesSequence: [{ SeriesInstanceUID: seriesInstanceUid, ...referencedImages(reference) }],
    ...displayedArea(image),
    GraphicAnnotationSequence: [...annotations, caution(image)],
    GraphicLayerSequence: [{ GraphicLayer: LAYER, GraphicLayerOrder: 1 }],
    ...greyscale(source),
  }
}
