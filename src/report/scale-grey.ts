import sharp from 'sharp'
import type { GreyImage } from './result-input.ts'

/** The radiograph at another size, same aspect. */
export async function scaledGrey(
  { rows, columns, grey }: GreyImage,
  size: { rows: number; columns: number },
): Promise<GreyImage> {
  const data = await sharp(grey, { raw: { width: columns, height: rows, channels: 1 } })
    .resize(size.columns, size.rows, { fit: 'fill', kernel: 'lanczos3' })
    .toColourspace('b-w')
    .raw()
    .toBuffer()
  return { ...size, grey: new Uint8Array(data) }
}

/** Rows and columns with the long side between the two, neither below 1. */
export function sizeWithin({ rows, columns }: { rows: number; columns: number }, shortest: number, longest: number) {
  const long = Math.max(rows, columns)
  const scale = Math.min(Math.max(long, shortest), longest) / long
  return { rows: Math.max(1, Math.round(rows * scale)), columns: Math.max(1, Math.round(columns * scale)) }
}
