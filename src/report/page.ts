import sharp from 'sharp'

/** A drawn page: rows × columns × 3, row-major, red green blue, 0 to 255. */
export type RgbImage = { readonly rows: number; readonly columns: number; readonly rgb: Uint8Array }

type Picture = RgbImage & { readonly left: number; readonly top: number }

/** Where and how large something is on a page, in pixels. */
export type Rectangle = { readonly x: number; readonly y: number; readonly width: number; readonly height: number }

export const Colour = {
  page: '#0d1114',
  panel: '#161c21',
  line: '#36424b',
  text: '#f2f5f7',
  muted: '#a3b1bb',
  caution: '#ffb81c',
  onCaution: '#151100',
  demonstration: '#7a2fb0',
  positive: '#ff8a3d',
  below: '#5b7f95',
} as const

const bufferOver = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

export const fill = ({ x, y, width, height }: Rectangle, colour: string): string =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${colour}"/>`

export const strokeLine = (
  from: readonly [number, number],
  to: readonly [number, number],
  colour: string,
  width: number,
) => `<line x1="${from[0]}" y1="${from[1]}" x2="${to[0]}" y2="${to[1]}" stroke="${colour}" stroke-width="${width}"/>`

/** Pictures first, drawing (SVG elements without text) over them. */
export async function renderPage(
  size: { readonly rows: number; readonly columns: number },
  pictures: readonly Picture[],
  drawing: string,
): Promise<RgbImage> {
  const { rows, columns } = size
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${columns}" height="${rows}">${drawing}</svg>`
  const { data } = await sharp({ create: { width: columns, height: rows, channels: 3, background: Colour.page } })
    .composite([
      ...pictures.map(({ rgb, rows: height, columns: width, left, top }) => ({
        input: bufferOver(rgb),
        raw: { width, height, channels: 3 as const },
        left,
        top,
      })),
      { input: Buffer.from(svg), left: 0, top: 0 },
    ])
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { rows, columns, rgb: new Uint8Array(data) }
}

/** PNG for people outside a PACS. */
export async function encodePng({ rows, columns, rgb }: RgbImage): Promise<Uint8Array> {
  const png = await sharp(bufferOver(rgb), { raw: { width: columns, height: rows, channels: 3 } })
    .png()
    .toBuffer()
  return new Uint8Array(png)
}
