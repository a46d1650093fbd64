import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { type Candidate, selectImages } from '../../src/analyse/select-images.ts'
import { readConfig } from '../../src/config/read-config.ts'
import type { DataSet } from '../../src/dicom/data-set.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { encodeInstance } from '../../src/dicom/write-instance.ts'
import { corpus, describeWith } from '../support/needs.ts'

const { quality: byDefault } = readConfig(undefined, {})

let number = 0

/** A frontal chest radiograph, changed as said. */
function image(changes: DataSet = {}): Candidate {
  number += 1
  const header = parseHeader(
    encodeInstance({
      SOPClassUID: SopClass.DigitalXRayImageStorageForPresentation,
      SOPInstanceUID: `1.2.3.${number}`,
      ImageType: ['ORIGINAL', 'PRIMARY'],
      Modality: 'DX',
      BodyPartExamined: 'CHEST',
      ViewPosition: 'PA',
      PhotometricInterpretation: 'MONOCHROME2',
      Rows: 2000,
      Columns: 2000,
      ...changes,
    }),
  )
  return { instanceId: String(number), header }
}

const outcome = (...candidates: Candidate[]) => {
  const { images, declined } = selectImages(candidates, byDefault, {})
  return declined ?? images.map(({ instanceId }) => instanceId).join()
}

test('a frontal chest radiograph is selected', () => {
  const only = image()
  expect(outcome(only)).toBe(only.instanceId)
})

test.each<[string, DataSet]>([
  ['Modality CR', { Modality: 'CR', SOPClassUID: SopClass.ComputedRadiographyImageStorage }],
  ['a radiograph processed for presentation', { ImageType: ['DERIVED', 'PRIMARY', 'POST_PROCESSED'] }],
  ['Body Part Examined THORAX', { BodyPartExamined: 'THORAX' }],
  ['no Body Part Examined but a chest description', { BodyPartExamined: null, StudyDescription: 'XR Chest 2 views' }],
  [
    'no Body Part Examined but a chest procedure',
    {
      BodyPartExamined: null,
      ProcedureCodeSequence: [{ CodeValue: '36643-5', CodingSchemeDesignator: 'LN', CodeMeaning: 'XR Chest 2 Views' }],
    },
  ],
  ['View Position AP', { ViewPosition: 'AP' }],
  ['no View Position', { ViewPosition: null }],
  ['a study of two views, this one unsaid', { ViewPosition: null, StudyDescription: 'Chest PA and lateral' }],
])('%s is accepted', (_, changes) => {
  const only = image(changes)
  expect(outcome(only)).toBe(only.instanceId)
})

test.each<[string, string, DataSet]>([
  ['Modality CT', 'MODALITY_NOT_ACCEPTED', { Modality: 'CT' }],
  ['no Modality', 'MODALITY_NOT_ACCEPTED', { Modality: null }],
  ['a secondary image', 'IMAGE_DERIVED', { ImageType: ['DERIVED', 'SECONDARY'] }],
  ['a derived image of unsaid examination', 'IMAGE_DERIVED', { ImageType: 'DERIVED' }],
  ['a result of this node', 'OWN_RESULT', { ManufacturerModelName: 'mcads-node', ImageType: ['DERIVED', 'SECONDARY'] }],
  ['raw detector data', 'FOR_PROCESSING', { SOPClassUID: SopClass.DigitalXRayImageStorageForProcessing }],
  ['a CR made for processing', 'FOR_PROCESSING', { Modality: 'CR', PresentationIntentType: 'FOR PROCESSING' }],
  ['MONOCHROME2 shown inverse', 'POLARITY_CONTRADICTORY', { PresentationLUTShape: 'INVERSE' }],
  ['a negative Rescale Slope', 'POLARITY_CONTRADICTORY', { RescaleSlope: '-1' }],
  ['a colour picture', 'COLOUR_IMAGE', { PhotometricInterpretation: 'RGB' }],
  ['a hand', 'BODY_PART_NOT_CHEST', { BodyPartExamined: 'HAND', StudyDescription: 'chest and hand' }],
  ['a body part that nothing names', 'BODY_PART_UNKNOWN', { BodyPartExamined: null }],
  ['the thoracic spine', 'BODY_PART_UNKNOWN', { BodyPartExamined: null, StudyDescription: 'XR thoracic spine' }],
  ['a lateral view', 'VIEW_NOT_FRONTAL', { ViewPosition: 'LL' }],
  ['a decubitus view', 'VIEW_NOT_FRONTAL', { ViewPosition: 'LLD' }],
  ['rows that run from front to back', 'VIEW_NOT_FRONTAL', { ViewPosition: null, PatientOrientation: ['A', 'F'] }],
  ...['Chest LAT', 'CHEST_LAT', 'Thorax seitlich', 'Thorax LL', 'Thorax profil', 'Torax perfil', 'Chest LLAT'].map(
    (name): [string, string, DataSet] => [
      `a series called ${name}`,
      'VIEW_NOT_FRONTAL',
      { ViewPosition: null, SeriesDescription: name },
    ],
  ),
])('%s is declined as %s', (_, code, changes) => {
  expect(outcome(image(changes))).toBe(code)
})

test('of several, PA comes before AP and more pixels before fewer, in whatever order they were received', () => {
  const ap = image({ ViewPosition: 'AP' })
  const small = image({ Rows: 500, Columns: 500 })
  const best = image()
  const raw = image({ SOPClassUID: SopClass.DigitalXRayImageStorageForProcessing })
  const all = [raw, ap, small, best]
  const expected = [best, small, ap].map(({ instanceId }) => instanceId).join()
  expect(outcome(...all)).toBe(expected)
  expect(outcome(...all.toReversed())).toBe(expected)
})

test('MONOCHROME1 shown inverse is accepted', () => {
  const only = image({ PhotometricInterpretation: 'MONOCHROME1', PresentationLUTShape: 'INVERSE' })
  expect(outcome(only)).toBe(only.instanceId)
})

test('the reason to decline a study is that of the image which came closest', () => {
  const lateral = image({ ViewPosition: 'LL' })
  const report = image({ Modality: 'SR' })
  expect(outcome(report, lateral)).toBe('VIEW_NOT_FRONTAL')
  expect(outcome()).toBe('NO_IMAGE')
})

describeWith(['corpus'], 'real files', () => {
  const read = async (path: string) =>
    outcome({ instanceId: 'selected', header: parseHeader(await readFile(corpus(`dicom/${path}`))) })

  test.each([
    ['chest/AIHCND_C2_Starte__test1.dcm', 'selected'],
    ['chest/AIHCND_C2_Starte__test4.dcm', 'BODY_PART_NOT_CHEST'],
    ['chest/AIHCND_C2_Starte__test5.dcm', 'MODALITY_NOT_ACCEPTED'],
    ['chest/Registration__cxr.dcm', 'selected'],
    ['chest/dcmnorm__sc.dcm', 'BODY_PART_UNKNOWN'],
    ['derived/nih8_deflated.dcm', 'selected'],
    ['derived/nih8_j2klossy.dcm', 'IMAGE_DERIVED'],
    ['radiograph/dicom-fuzzer__dx_352x370_14bit_evle.dcm', 'BODY_PART_NOT_CHEST'],
    ['radiograph/fo-dicom__GH133.dcm', 'MODALITY_NOT_ACCEPTED'],
    ['non-image/dcmjs__sample-sr.dcm', 'MODALITY_NOT_ACCEPTED'],
  ])('%s: %s', async (path, expected) => {
    expect(await read(path)).toBe(expected)
  })
})
