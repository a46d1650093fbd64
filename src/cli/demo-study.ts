import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DataSet } from '../dicom/data-set.ts'
import { derivedUid } from '../dicom/derived-uid.ts'
import { NODE_MANUFACTURER } from '../dicom/implementation.ts'
import { SopClass } from '../dicom/sop-classes.ts'
import { encodeInstance } from '../dicom/write-instance.ts'
import { drawPhantom, type Phantom } from '../model/phantom.ts'

const code = (value: string, scheme: string, meaning: string): DataSet => ({
  CodeValue: value,
  CodingSchemeDesignator: scheme,
  CodeMeaning: meaning,
})

function patientAndStudy(phantom: Phantom): DataSet {
  return {
    PatientName: `SIMULATED^PHANTOM ${phantom.seed}`,
    PatientID: `PHANTOM-${phantom.seed}`,
    PatientBirthDate: null,
    PatientSex: 'O',
    StudyInstanceUID: derivedUid('demo-study', String(phantom.seed)),
    StudyDate: '20260101',
    StudyTime: '120000',
    ReferringPhysicianName: null,
    StudyID: String(phantom.seed),
    AccessionNumber: `DEMO${phantom.seed}`,
    StudyDescription: 'SIMULATED CHEST RADIOGRAPH',
  }
}

/** CID 4010 DX View. */
const VIEWS = {
  PA: code('272479007', 'SCT', 'postero-anterior'),
  AP: code('399348003', 'SCT', 'antero-posterior'),
} as const

function series(phantom: Phantom): DataSet {
  return {
    Modality: 'DX',
    PresentationIntentType: 'FOR PRESENTATION',
    SeriesInstanceUID: derivedUid('demo-series', String(phantom.seed)),
    SeriesNumber: 1,
    Manufacturer: NODE_MANUFACTURER,
    ManufacturerModelName: 'phantom generator',
    SeriesDescription: `Chest ${phantom.view}`,
    BodyPartExamined: 'CHEST',
    ViewPosition: phantom.view,
    ImageLaterality: 'U',
    PatientOrientation: ['L', 'F'],
    AnatomicRegionSequence: [code('816094009', 'SCT', 'Chest')],
    ViewCodeSequence: [{ ...VIEWS[phantom.view], ViewModifierCodeSequence: null }],
    AcquisitionContextSequence: [],
  }
}

/** Digital X-Ray Image Storage - For Presentation, PS3.3 A.26. */
function image(phantom: Phantom): DataSet {
  const inverse = phantom.photometric === 'MONOCHROME1'
  return {
    SOPClassUID: SopClass.DigitalXRayImageStorageForPresentation,
    SOPInstanceUID: derivedUid('demo-image', String(phantom.seed)),
    InstanceNumber: 1,
    ImageType: ['ORIGINAL', 'PRIMARY'],
    ContentDate: '20260101',
    ContentTime: '120000',
    AcquisitionDate: '20260101',
    AcquisitionTime: '120000',
    BurnedInAnnotation: 'NO',
    LossyImageCompression: '00',
    SamplesPerPixel: 1,
    PhotometricInterpretation: phantom.photometric,
    Rows: phantom.rows,
    Columns: phantom.columns,
    BitsAllocated: 16,
    BitsStored: phantom.bitsStored,
    HighBit: phantom.bitsStored - 1,
    PixelRepresentation: 0,
    PixelIntensityRelationship: 'LOG',
    PixelIntensityRelationshipSign: inverse ? 1 : -1,
    RescaleIntercept: '0',
    RescaleSlope: '1',
    RescaleType: 'US',
    PresentationLUTShape: inverse ? 'INVERSE' : 'IDENTITY',
    WindowCenter: '2048',
    WindowWidth: '4096',
    ImagerPixelSpacing: [phantom.pixelSpacingMm.toFixed(4), phantom.pixelSpacingMm.toFixed(4)],
    DetectorType: null,
    PositionerType: null,
    PixelData: new Uint8Array(phantom.pixels.buffer, phantom.pixels.byteOffset, phantom.pixels.byteLength),
  }
}

/** One simulated radiograph as a DX instance, Part 10, explicit VR little endian. The seed says all; nobody is in it. */
export function buildDemoInstance(phantom: Phantom): Uint8Array {
  return encodeInstance({ ...patientAndStudy(phantom), ...series(phantom), ...image(phantom) })
}

/** Draws a phantom whose findings are easy to see and writes it as a file into the folder; its path. */
export async function writeDemoStudy(folder: string, seed: number): Promise<string> {
  const phantom = drawPhantom({ seed, findings: ['Mass', 'Effusion'], photometric: 'MONOCHROME2', view: 'PA' })
  await mkdir(folder, { recursive: true })
  const file = join(folder, `phantom-${seed}.dcm`)
  await writeFile(file, buildDemoInstance(phantom))
  return file
}
