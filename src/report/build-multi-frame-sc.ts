import type { DataSet } from '../dicom/data-set.ts'
import { SopClass } from '../dicom/sop-classes.ts'
import { buildSummarySc } from './build-sc.ts'
import { blankPage, type RgbImage } from './page.ts'
import type { Pages } from './render-pages.ts'
import type { ResultInput } from './result-input.ts'
import { type PictureForm, resultUids } from './result-uids.ts'
import { COMBINED, displayName, positivesOf } from './wording.ts'

const SOP_CLASS = SopClass.MultiFrameTrueColorSecondaryCaptureImageStorage
/** (0018,2002): frames are told apart by their labels. */
const FRAME_LABEL_VECTOR = 0x0018_2002
/** SH. */
const LONGEST_LABEL = 16

/** The page in the middle of a larger one: all frames of an object are of one size. */
function padded({ rows, columns, rgb }: RgbImage, size: { rows: number; columns: number }): RgbImage {
  const larger = blankPage(size.rows, size.columns)
  const left = Math.floor((size.columns - columns) / 2)
  for (let row = 0; row < rows; row++)
    larger.rgb.set(rgb.subarray(row * columns * 3, (row + 1) * columns * 3), (row * size.columns + left) * 3)
  return larger
}

/**
 * Multi-frame True Color Secondary Capture, PS3.3 A.8.5: the summary page and every heat map as frames of one object.
 */
export function buildMultiFrameSc(
  input: ResultInput,
  { summary, heatMaps, combined }: Pages,
  form: PictureForm,
): { dataSet: DataSet; frames: readonly RgbImage[] } {
  const pages: readonly (readonly [string, RgbImage])[] = [
    ['', summary],
    ...positivesOf(input.findings).flatMap(({ label }): [string, RgbImage][] => {
      const image = heatMaps.get(label)
      return image ? [[label, image]] : []
    }),
    ...(combined ? [[COMBINED, combined] as const] : []),
  ]
  const images = pages.map(([, image]) => image)
  const size = {
    rows: Math.max(...images.map(({ rows }) => rows)),
    columns: Math.max(...images.map(({ columns }) => columns)),
  }
  const frames = images.map((image) => padded(image, size))
  const rgb = new Uint8Array(size.rows * size.columns * 3 * frames.length)
  for (const [i, frame] of frames.entries()) rgb.set(frame.rgb, i * frame.rgb.length)
  const labels = pages.map(([label]) => label)
  const { TimeOfSecondaryCapture: _, ...dataSet } = buildSummarySc(input, { ...size, rgb }, form)
  return {
    frames,
    dataSet: {
      // Type 1 here. What is burned into the radiograph is in the frames; a source that does not say so may have it.
      BurnedInAnnotation: 'YES',
      ...dataSet,
      SOPClassUID: SOP_CLASS,
      SOPInstanceUID: resultUids(input, form).summary(SOP_CLASS),
      DerivationDescription: 'Summary page of the scores of all findings, and heat maps',
      NumberOfFrames: frames.length,
      ...(frames.length > 1 && {
        FrameIncrementPointer: FRAME_LABEL_VECTOR,
        FrameLabelVector: labels.map((label) => (displayName(label) || 'Summary').slice(0, LONGEST_LABEL).trim()),
      }),
    },
  }
}
