import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { DataSet } from '../../src/dicom/data-set.ts'
import { type Header, parseHeader } from '../../src/dicom/header.ts'
import { encodeInstance } from '../../src/dicom/write-instance.ts'
import { parseFindingCodes } from '../../src/report/finding-codes.ts'
import type { ResultInput } from '../../src/report/result-input.ts'
import { caveat } from '../../src/study/caveat.ts'
import type { Finding, HeatMap, ModelIdentity } from '../../src/study/finding.ts'
import { corpus } from '../support/needs.ts'

/** 18 labels in the model's order with a score each; 0.5 and more is positive. */
const SCORES: Readonly<Record<string, number>> = {
  Atelectasis: 0.506,
  Consolidation: 0.312,
  Infiltration: 0.452,
  Pneumothorax: 0.307,
  Edema: 0.213,
  Emphysema: 0.4998,
  Fibrosis: 0.44,
  Effusion: 0.394,
  Pneumonia: 0.18,
  Pleural_Thickening: 0.41,
  Cardiomegaly: 0.873,
  Nodule: 0.409,
  Mass: 0.41,
  Hernia: 0.0127,
  'Lung Lesion': 0.218,
  Fracture: 0.289,
  'Lung Opacity': 0.368,
  'Enlarged Cardiomediastinum': 0.431,
}
export const LABELS = Object.keys(SCORES)

export const CAVEATS = [caveat('PORTABLE'), caveat('OUT_OF_DISTRIBUTION')]

export const codes = parseFindingCodes(
  [readFileSync(new URL('../../config/codes.json', import.meta.url), 'utf8')],
  LABELS,
)

export const finding = (label: string, score: number): Finding => ({
  label,
  score,
  positive: score >= 0.5,
  logit: 0,
  output: score / 10,
  operatingPoint: 0.07422872,
})

/** Cardiomegaly (87.3 %) and Atelectasis (50.6 %) are positive. */
export const findings = LABELS.map((label) => finding(label, SCORES[label] ?? 0))
export const noFindings = LABELS.map((label) => finding(label, 0.3))

/** Two round spots, the larger and hotter one at a share of `y` and `x` of the map. */
export function spots(rows: number, columns: number, y = 0.6, x = 0.55): HeatMap {
  const values = Float32Array.from({ length: rows * columns }, (_, at) => {
    const spot = (v: number, u: number, size: number) =>
      Math.exp(
        -(((Math.floor(at / columns) + 0.5) / rows - v) ** 2 + (((at % columns) + 0.5) / columns - u) ** 2) / size,
      )
    return Math.min(1, spot(y, x, 0.02) + 0.7 * spot(0.25, 0.2, 0.005))
  })
  return { rows, columns, values, empty: false }
}
export const emptyMap: HeatMap = { rows: 16, columns: 16, values: new Float32Array(256), empty: true }

export const model: ModelIdentity = {
  id: 'densenet121-res224-all',
  name: 'TorchXRayVision densenet121-res224-all',
  version: '1.0.0',
  manufacturer: 'mlmed',
  deviceUid: '2.25.118452387452389452',
  demonstration: false,
  intendedUse: 'Research on frontal chest radiographs of adults.',
}

/** A source that has everything, so that a validator has nothing to say about what was copied. */
export const COMPLETE_SOURCE: DataSet = {
  SpecificCharacterSet: 'ISO_IR 100',
  ImageType: ['ORIGINAL', 'PRIMARY'],
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.1',
  SOPInstanceUID: '2.25.3001',
  StudyInstanceUID: '2.25.1001',
  SeriesInstanceUID: '2.25.2001',
  StudyDate: '20260102',
  StudyTime: '101112',
  AccessionNumber: 'A-7',
  TimezoneOffsetFromUTC: '+0530',
  Modality: 'CR',
  ReferringPhysicianName: 'Ref^Doctor',
  StudyDescription: 'Chest',
  PatientName: Uint8Array.from(Buffer.from('Müller^Jörg', 'latin1')),
  PatientID: 'PID-1',
  IssuerOfPatientID: 'HOSPITAL',
  PatientBirthDate: '19600101',
  PatientSex: 'O',
  PatientAge: '066Y',
  StudyID: 'S1',
  PatientOrientation: ['L', 'F'],
  BodyPartExamined: 'CHEST',
  LossyImageCompression: '01',
  LossyImageCompressionRatio: '12.5',
  LossyImageCompressionMethod: 'ISO_10918_1',
  BurnedInAnnotation: 'NO',
  PixelSpacing: ['0.2', '0.2'],
  WindowCenter: '128',
  WindowWidth: '256',
  PresentationLUTShape: 'IDENTITY',
  Rows: 200,
  Columns: 160,
}
export const sourceOf = (dataSet: DataSet): Header => parseHeader(encodeInstance(dataSet))

export const corpusSource = async (path: string): Promise<Header> =>
  parseHeader(await readFile(corpus(`dicom/${path}`)))

/** A grey ramp in place of a radiograph, dark on the left. */
export function ramp(rows: number, columns: number) {
  return {
    rows,
    columns,
    grey: Uint8Array.from({ length: rows * columns }, (_, at) => ((at % columns) * 255) / columns),
  }
}

/** Cardiomegaly is localised, Atelectasis is not. */
export function resultInput(source: Header, overrides: Partial<ResultInput> = {}): ResultInput {
  return {
    source,
    display: ramp(200, 160),
    model,
    findings,
    maps: new Map([
      ['Cardiomegaly', spots(100, 80)],
      ['Atelectasis', emptyMap],
    ]),
    caveats: [],
    codes,
    node: { name: 'mcads-node', version: '0.1.0', manufacturer: 'MCADS', deviceSerialNumber: '1', stationName: 'AI1' },
    startedAt: new Date('2026-01-02T21:04:05Z'),
    configHash: 'c0ffee',
    ...overrides,
  }
}
