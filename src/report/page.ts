import sharp from 'sharp'
import { Colour, rgbOf } from './drawing.ts'

/** A drawn page: rows × columns × 3, row-major, red green blue, 0 to 255. */
export type RgbImage = { readonly rows: number; readonly columns: number; readonly rgb: Uint8Array }

/** A page with nothing on it, to be painted on. */
export function blankPage(rows: number, columns: number): RgbImage {
  // Not cleared: all of it is written.
  const rgb = new Uint8Array(Buffer.allocUnsafeSlow(rows * columns * 3).buffer)
  const background = rgbOf(Colour.page)
  for (let at = 0; at < columns * 3; at++) rgb[at] = background[at % 3] ?? 0
  for (let row = 1; row < rows; row++) rgb.copyWithin(row * columns * 3, 0, columns * 3)
  return { rows, columns, rgb }
}

/** PNG for people outside a PACS. */
export async function encodePng({ rows, columns, rgb }: RgbImage): Promise<Uint8Array> {
  const png = await sharp(rgb, { raw: { width: columns, height: rows, channels: 3 } })
    .png()
    .toBuffer()
  return new Uint8Array(png)
}
