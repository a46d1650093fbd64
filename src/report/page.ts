import sharp from 'sharp'
import { PixelRoom } from '../dicom/pixel-room.ts'
import { Colour, rgbOf } from './drawing.ts'

/** A drawn page: rows × columns × 3, row-major, red green blue, 0 to 255. `room`: for the rest of a file around them. */
export type RgbImage = {
  readonly rows: number
  readonly columns: number
  readonly rgb: Uint8Array
  readonly room?: PixelRoom
}

/** A page with nothing on it, to be painted on. */
export function blankPage(rows: number, columns: number): RgbImage {
  const room = new PixelRoom(rows * columns * 3)
  const { pixels: rgb } = room
  const background = rgbOf(Colour.page)
  for (let at = 0; at < columns * 3; at++) rgb[at] = background[at % 3] ?? 0
  for (let row = 1; row < rows; row++) rgb.copyWithin(row * columns * 3, 0, columns * 3)
  return { rows, columns, rgb, room }
}

/** PNG for people outside a PACS. */
export async function encodePng({ rows, columns, rgb }: RgbImage): Promise<Uint8Array> {
  const png = await sharp(rgb, { raw: { width: columns, height: rows, channels: 3 } })
    .png()
    .toBuffer()
  return new Uint8Array(png)
}
