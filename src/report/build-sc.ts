import type { DataSet } from '../dicom/data-set.ts'
import type { Header } from '../dicom/header.ts'
import { SopClass } from '../dicom/sop-classes.ts'
import { TransferSyntax } from '../dicom/transfer-syntaxes.ts'
import type { Finding } from '../study/finding.ts'
import { Concept } from './concepts.ts'
import { codeItem, referencedSop } from './content-item.ts'
import type { RgbImage } from './page.ts'
import type { Explanation, ResultInput } from './result-input.ts'
import { type PictureForm, resultUids } from './result-uids.ts'
import { scDocument } from './sc-document.ts'
import { copied, copiedOrEmpty } from './source-attributes.ts'
import { referenceTo, sourceImage } from './source-image.ts'
import { COMBINED, displayName, EXPLANATION_NAME, scoreSentence, scSeriesDescription } from './wording.ts'

const SOP_CLASS = SopClass.SecondaryCaptureImageStorage

/** CID 217 Visual Explanation, PS3.16. */
const DERIVATION = {
  gradientWeightedClassActivation: Concept.GradientWeightedClassActivation,
  saliency: Concept.Saliency,
  // CID 217 has no word of its own for it.
  occlusion: Concept.Saliency,
} as const satisfies Record<Explanation, unknown>

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

type Capture = {
  readonly image: RgbImage
  readonly sopInstanceUid: string
  readonly instanceNumber: number
  readonly derivation: DataSet
}

const capture = (input: ResultInput, { derivation, ...identity }: Capture, form: PictureForm): DataSet =>
  scDocument(input, {
    ...identity,
    seriesInstanceUid: resultUids(input, form).scSeries,
    seriesDescription: scSeriesDescription(input.model),
    derivation: { ...inheritedImage(input.source), ...sourceImages(input), ...derivation },
  })

/** The Secondary Capture with one finding's heat map. `instanceNumber` counts from 2. */
export function buildHeatMapSc(
  input: ResultInput,
  finding: Finding,
  image: RgbImage,
  instanceNumber: number,
  form: PictureForm,
): DataSet {
  const explanation = input.explanation ?? 'gradientWeightedClassActivation'
  const empty = input.maps.get(finding.label)?.empty ?? true
  const overlay = empty ? 'no localisation' : `${EXPLANATION_NAME[explanation]} overlay`
  return capture(
    input,
    {
      image,
      instanceNumber,
      sopInstanceUid: resultUids(input, form).heatMap(SOP_CLASS, finding.label),
      derivation: {
        DerivationDescription: `${overlay}: ${displayName(finding.label)} ${scoreSentence(finding)}`,
        DerivationCodeSequence: [codeItem(DERIVATION[explanation])],
      },
    },
    form,
  )
}

/** The Secondary Capture with the heat maps of all positive findings together. */
export function buildCombinedSc(
  input: ResultInput,
  image: RgbImage,
  instanceNumber: number,
  form: PictureForm,
): DataSet {
  const explanation = input.explanation ?? 'gradientWeightedClassActivation'
  return capture(
    input,
    {
      image,
      instanceNumber,
      sopInstanceUid: resultUids(input, form).combined(SOP_CLASS),
      derivation: {
        DerivationDescription: `${EXPLANATION_NAME[explanation]} overlay: ${COMBINED}`,
        DerivationCodeSequence: [codeItem(DERIVATION[explanation])],
      },
    },
    form,
  )
}

/** The Secondary Capture with all scores, the first of its series. */
export const buildSummarySc = (input: ResultInput, image: RgbImage, form: PictureForm = 'sc'): DataSet =>
  capture(
    input,
    {
      image,
      instanceNumber: 1,
      sopInstanceUid: resultUids(input, form).summary(SOP_CLASS),
      derivation: { DerivationDescription: 'Summary page of the scores of all findings' },
    },
    form,
  )
