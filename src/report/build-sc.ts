import type { DataSet } from '../dicom/data-set.ts'
import type { Header } from '../dicom/header.ts'
import { NODE_MODEL_NAME } from '../dicom/implementation.ts'
import { SopClass } from '../dicom/sop-classes.ts'
import { TransferSyntax } from '../dicom/transfer-syntaxes.ts'
import type { Finding } from '../study/finding.ts'
import { Concept } from './concepts.ts'
import { codeItem, referencedSop } from './content-item.ts'
import { contributingEquipment, generalEquipment } from './equipment.ts'
import { type LocalTime, localTime } from './local-time.ts'
import type { RgbImage } from './page.ts'
import type { Explanation, ResultInput } from './result-input.ts'
import { resultUids } from './result-uids.ts'
import { copied, copiedOrEmpty, patientAndStudy } from './source-attributes.ts'
import { referenceTo, sourceImage, verbatim } from './source-image.ts'
import { cautions, displayName, EXPLANATION_NAME, NOT_REVIEWED, scoreSentence, scSeriesDescription } from './wording.ts'

const SOP_CLASS = SopClass.SecondaryCaptureImageStorage

/** CID 217 Visual Explanation, PS3.16. */
const DERIVATION = {
  gradientWeightedClassActivation: Concept.GradientWeightedClassActivation,
  saliency: Concept.Saliency,
} as const satisfies Record<Explanation, unknown>

/** Image Pixel module, PS3.3 C.7.6.3, for 8-bit RGB. */
const pixels = ({ rows, columns, rgb }: RgbImage): DataSet => ({
  SamplesPerPixel: 3,
  PhotometricInterpretation: 'RGB',
  PlanarConfiguration: 0,
  Rows: rows,
  Columns: columns,
  BitsAllocated: 8,
  BitsStored: 8,
  HighBit: 7,
  PixelRepresentation: 0,
  PixelData: rgb,
})

const series = (input: ResultInput, time: LocalTime): DataSet => ({
  Modality: 'OT',
  SeriesInstanceUID: resultUids(input).scSeries,
  SeriesNumber: 9902,
  SeriesDate: time.date,
  SeriesTime: time.time,
  SeriesDescription: scSeriesDescription(input.model),
  // As in the SR's Target Region, not the source's word: with THORAX or none, Laterality is required (PS3.3 C.7.3.1).
  BodyPartExamined: 'CHEST',
})

/** The last three may also be reversible: without a word of the source they count as lossy. */
const LOSSY: readonly string[] = [
  TransferSyntax.JpegBaseline8Bit,
  TransferSyntax.JpegExtended12Bit,
  TransferSyntax.JpegLsNearLossless,
  TransferSyntax.Jpeg2000,
  TransferSyntax.Htj2k,
]

/** Once lossy, always lossy (PS3.3 C.7.6.1.1.5); what is burned into the source is burned into its copy. */
const inheritedImage = (source: Header): DataSet => ({
  LossyImageCompression: LOSSY.includes(source.transferSyntaxUid) ? '01' : '00',
  ...copied(source, ['LossyImageCompression', 'LossyImageCompressionRatio', 'LossyImageCompressionMethod']),
  ...copied(source, ['BurnedInAnnotation']),
  ...copiedOrEmpty(source, ['PatientOrientation']),
})

const sourceImages = (input: ResultInput): DataSet => ({
  SourceImageSequence: [
    {
      ...referencedSop(referenceTo(sourceImage(input.source))),
      // Bands are added around the radiograph.
      SpatialLocationsPreserved: 'NO',
      PurposeOfReferenceCodeSequence: [codeItem(Concept.SourceImageForProcessing)],
    },
  ],
})

const secondaryCapture = (input: ResultInput, time: LocalTime): DataSet => ({
  ConversionType: 'WSD',
  SecondaryCaptureDeviceManufacturer: input.node.manufacturer,
  SecondaryCaptureDeviceManufacturerModelName: NODE_MODEL_NAME,
  SecondaryCaptureDeviceSoftwareVersions: [input.node.version, input.model.version],
  DateOfSecondaryCapture: time.date,
  TimeOfSecondaryCapture: time.time,
})

type Capture = {
  readonly image: RgbImage
  readonly sopInstanceUid: string
  readonly instanceNumber: number
  readonly derivation: DataSet
}

/** Secondary Capture Image IOD, PS3.3 A.8.1: no pixel spacing, so that no one measures on a resampled picture. */
function capture(input: ResultInput, { image, sopInstanceUid, instanceNumber, derivation }: Capture): DataSet {
  const { source, model, node } = input
  const time = localTime(input.startedAt, source.string('TimezoneOffsetFromUTC'))
  return {
    ...patientAndStudy(source),
    ...generalEquipment(node, model),
    ...contributingEquipment(model, time),
    ...series(input, time),
    ...secondaryCapture(input, time),
    ...inheritedImage(source),
    ...sourceImages(input),
    ...derivation,
    SOPClassUID: SOP_CLASS,
    SOPInstanceUID: sopInstanceUid,
    StudyInstanceUID: verbatim(sourceImage(source).studyInstanceUid),
    InstanceNumber: instanceNumber,
    InstanceCreationDate: time.date,
    InstanceCreationTime: time.time,
    ContentDate: time.date,
    ContentTime: time.time,
    ImageType: ['DERIVED', 'SECONDARY', 'OTHER'],
    ImageComments: [...cautions(model), NOT_REVIEWED].join('. '),
    RecognizableVisualFeatures: 'NO',
    ...pixels(image),
  }
}

/** The Secondary Capture with one finding's heat map. `instanceNumber` counts from 2. */
export function buildHeatMapSc(input: ResultInput, finding: Finding, image: RgbImage, instanceNumber: number): DataSet {
  const explanation = input.explanation ?? 'gradientWeightedClassActivation'
  const empty = input.maps.get(finding.label)?.empty ?? true
  const overlay = empty ? 'no localisation' : `${EXPLANATION_NAME[explanation]} overlay`
  return capture(input, {
    image,
    instanceNumber,
    sopInstanceUid: resultUids(input).heatMap(SOP_CLASS, finding.label),
    derivation: {
      DerivationDescription: `${overlay}: ${displayName(finding.label)} ${scoreSentence(finding)}`,
      DerivationCodeSequence: [codeItem(DERIVATION[explanation])],
    },
  })
}

/** The Secondary Capture with all scores, the first of its series. */
export const buildSummarySc = (input: ResultInput, image: RgbImage): DataSet =>
  capture(input, {
    image,
    instanceNumber: 1,
    sopInstanceUid: resultUids(input).summary(SOP_CLASS),
    derivation: { DerivationDescription: 'Summary page of the scores of all findings' },
  })
