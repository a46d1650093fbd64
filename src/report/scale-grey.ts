import type { Levels } from '../dicom/levels.ts'
import { resizedGrey } from '../dicom/resample.ts'
import type { GreyImage } from './result-input.ts'

const AS_IT_IS: Levels = { slope: 1, zero: 0 }

/** The radiograph at another size, same aspect. */
export function scaledGrey(image: GreyImage, size: { rows: number; columns: number }): GreyImage {
  if (image.rows === size.rows && image.columns === size.columns) return image
  return { ...size, grey: resizedGrey({ ...image, pixels: image.grey }, AS_IT_IS, size) }
}
