import type { DataSet } from '../dicom/data-set.ts'
import { NODE_MODEL_NAME } from '../dicom/implementation.ts'
import { SopClass } from '../dicom/sop-classes.ts'
import { contributingEquipment, generalEquipment } from './equipment.ts'
import { type LocalTime, localTime } from './local-time.ts'
import type { RgbImage } from './page.ts'
import type { ResultOrigin } from './result-input.ts'
import { patientAndStudy } from './source-attributes.ts'
import { sourceImage, verbatim } from './source-image.ts'
import { cautions, NOT_REVIEWED } from './wording.ts'

/** A picture's identity and what it shows. */
export type ScDocument = {
  readonly sopInstanceUid: string
  readonly seriesInstanceUid: string
  readonly seriesDescription: string
  readonly instanceNumber: number
  readonly image: RgbImage
  /** General Image: how it came about, from what, and what it inherits. */
  readonly derivation: DataSet
}

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

const series = ({ seriesInstanceUid, seriesDescription }: ScDocument, time: LocalTime): DataSet => ({
  Modality: 'OT',
  SeriesInstanceUID: seriesInstanceUid,
  SeriesNumber: 9902,
  SeriesDate: time.date,
  SeriesTime: time.time,
  SeriesDescription: seriesDescription,
  // As in the SR's Target Region, not the source's word: with THORAX or none, Laterality is required (PS3.3 C.7.3.1).
  BodyPartExamined: 'CHEST',
})

const device = ({ node, model }: ResultOrigin, time: LocalTime): DataSet => ({
  ConversionType: 'WSD',
  SecondaryCaptureDeviceManufacturer: node.manufacturer,
  SecondaryCaptureDeviceManufacturerModelName: NODE_MODEL_NAME,
  SecondaryCaptureDeviceSoftwareVersions: [node.version, model.version],
  DateOfSecondaryCapture: time.date,
  TimeOfSecondaryCapture: time.time,
})

/**
 * Secondary Capture Image IOD, PS3.3 A.8.1: no pixel spacing, so that no one measures on a resampled picture.
 * @throws Failure RESULT_INVALID when the source lacks UIDs or size
 */
export function scDocument(origin: ResultOrigin, document: ScDocument): DataSet {
  const { source, node, model, startedAt } = origin
  const time = localTime(startedAt, source.string('TimezoneOffsetFromUTC'))
  return {
    ...patientAndStudy(source),
    ...generalEquipment(node, model),
    ...contributingEquipment(model, time),
    ...series(document, time),
    ...device(origin, time),
    PatientOrientation: null,
    LossyImageCompression: '00',
    ...document.derivation,
    SOPClassUID: SopClass.SecondaryCaptureImageStorage,
    SOPInstanceUID: document.sopInstanceUid,
    StudyInstanceUID: verbatim(sourceImage(source).studyInstanceUid),
    InstanceNumber: document.instanceNumber,
    InstanceCreationDate: time.date,
    InstanceCreationTime: time.time,
    ContentDate: time.date,
    ContentTime: time.time,
    ImageType: ['DERIVED', 'SECONDARY', 'OTHER'],
    ImageComments: [...cautions(model), NOT_REVIEWED].join('. '),
    RecognizableVisualFeatures: 'NO',
    ...pixels(document.image),
  }
}
