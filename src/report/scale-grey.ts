import { type Levels, resizedGrey } from '../dicom/resample.ts'
import type { GreyImage } from './result-input.ts'

const AS_IT_IS: Levels = { least: 0, table: Float32Array.from({ length: 256 }, (_, grey) => grey) }

/** The radiograph at another size, same aspect. */
export function scaledGrey(image: GreyImage, size: { rows: number; columns: number }): GreyImage {
  if (image.rows === size.rows && image.columns === size.columns) return image
  return { ...size, grey: resizedGrey({ ...image, pixels: image.grey }, AS_IT_IS, size) }
}
