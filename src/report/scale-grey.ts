import sharp from 'sharp'
import type { GreyImage } from './result-input.ts'

/** The radiograph at another size, same aspect. */
export async function scaledGrey(image: GreyImage, size: { rows: number; columns: number }): Promise<GreyImage> {
  const { rows, columns, grey } = image
  if (rows === size.rows && columns === size.columns) return image
  const data = await sharp(grey, { raw: { width: columns, height: rows, channels: 1 } })
    .resize(size.columns, size.rows, { fit: 'fill', kernel: 'lanczos3' })
    .toColourspace('b-w')
    .raw()
    .toBuffer()
  return { ...size, grey: new Uint8Array(data) }
}
