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

/** A page with nothing on it, to be painted on. Rows that will be painted all over need not be blank. */
export function blankPage(rows: number, columns: number, painted = { from: 0, to: 0 }): RgbImage {
  const room = new PixelRoom(rows * columns * 3)
  const { pixels: rgb } = room
  const background = rgbOf(Colour.page)
  const line = Uint8Array.from({ length: columns * 3 }, (_, at) => background[at % 3] ?? 0)
  for (let row = 0; row < rows; row++) if (row < painted.from || row >= painted.to) rgb.set(line, row * columns * 3)
  return { rows, columns, rgb, room }
}

/** PNG for people outside a PACS. */
export async function encodePng({ rows, columns, rgb }: RgbImage): Promise<Uint8Array> {
  const png = await sharp(rgb, { raw: { width: columns, height: rows, channels: 3 } })
    .png()
    .toBuffer()
  return new Uint8Array(png)
}
