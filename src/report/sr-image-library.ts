import type { DataSet } from '../dicom/data-set.ts'
import type { Header } from '../dicom/header.ts'
import { SopClass } from '../dicom/sop-classes.ts'
import type { CodedConcept } from '../study/finding.ts'
import { Concept, MODALITY_CONCEPT } from './concepts.ts'
import { codeContent, codeItem, containerContent, imageContent, numberContent, textContent } from './content-item.ts'
import { referenceTo, type SourceImage } from './source-image.ts'

const DX_CLASSES: readonly string[] = [
  SopClass.DigitalXRayImageStorageForPresentation,
  SopClass.DigitalXRayImageStorageForProcessing,
]

function modality(source: Header): CodedConcept {
  const sopClassUid = source.string('SOPClassUID') ?? ''
  const value = source.string('Modality')
  if (value === 'CR' || sopClassUid === SopClass.ComputedRadiographyImageStorage) return MODALITY_CONCEPT.CR
  if (value === 'DX' || DX_CLASSES.includes(sopClassUid)) return MODALITY_CONCEPT.DX
  return MODALITY_CONCEPT.RG
}

function orientation(source: Header): readonly DataSet[] {
  const [row, column] = source.strings('PatientOrientation')
  if (!row || !column) return []
  if (!/^[A-Z]{1,3}$/.test(row) || !/^[A-Z]{1,3}$/.test(column)) return []
  return [
    textContent('HAS ACQ CONTEXT', Concept.PatientOrientationRow, row),
    textContent('HAS ACQ CONTEXT', Concept.PatientOrientationColumn, column),
  ]
}

/** TID 1600 Image Library with the one analysed radiograph, PS3.16. */
export function imageLibrary(source: Header, image: SourceImage): DataSet {
  const pixels = (name: CodedConcept, size: number) =>
    numberContent('HAS ACQ CONTEXT', name, String(size), Concept.Pixels)
  return containerContent(Concept.ImageLibrary, [
    containerContent(Concept.ImageLibraryGroup, [
      codeContent('HAS ACQ CONTEXT', Concept.Modality, codeItem(modality(source))),
      codeContent('HAS ACQ CONTEXT', Concept.TargetRegion, codeItem(Concept.Chest)),
      imageContent('CONTAINS', Concept.Source, referenceTo(image), [
        ...orientation(source),
        pixels(Concept.PixelDataRows, image.rows),
        pixels(Concept.PixelDataColumns, image.columns),
      ]),
    ]),
  ])
}
