import sharp from 'sharp'
import type { DataSet, Value } from '../dicom/data-set.ts'
import { encodeRle } from '../dicom/encode-rle.ts'
import { TransferSyntax } from '../dicom/transfer-syntaxes.ts'
import type { ScCompression } from '../study/result-object.ts'
import type { RgbImage } from './page.ts'

/** High enough that letters stay crisp. */
const JPEG_QUALITY = 92

export type CodedCapture = { readonly dataSet: DataSet; readonly transferSyntaxUid: string }

export async function encodeJpeg({ rows, columns, rgb }: RgbImage): Promise<Uint8Array> {
  const jpeg = await sharp(rgb, { raw: { width: columns, height: rows, channels: 3 } })
    .jpeg({ quality: JPEG_QUALITY, chromaSubsampling: '4:4:4', progressive: false })
    .toBuffer()
  return new Uint8Array(jpeg)
}

/** What the attribute said before, and one more value, PS3.3 C.7.6.1.1.5.2. */
function withOneMore(before: Value | undefined, value: string): string[] {
  const text =
    before instanceof Uint8Array
      ? Buffer.from(before)
          .toString('latin1')
          .replace(/[\0 ]+$/, '')
      : ''
  return [...(text === '' ? [] : text.split('\\').map((each) => each.trim())), value]
}

function lossy(dataSet: DataSet, frames: readonly RgbImage[], coded: readonly Uint8Array[]): DataSet {
  const bytes = (all: readonly Uint8Array[]) => all.reduce((sum, { length }) => sum + length, 0)
  const ratio = (bytes(frames.map(({ rgb }) => rgb)) / Math.max(1, bytes(coded))).toFixed(2)
  return {
    LossyImageCompression: '01',
    LossyImageCompressionRatio: withOneMore(dataSet.LossyImageCompressionRatio, ratio),
    LossyImageCompressionMethod: withOneMore(dataSet.LossyImageCompressionMethod, 'ISO_10918_1'),
  }
}

/** A Secondary Capture's data set with its frames as the destination wants them compressed, and the transfer syntax. */
export async function codePixels(
  dataSet: DataSet,
  frames: readonly RgbImage[],
  compression: ScCompression,
): Promise<CodedCapture> {
  if (compression === 'none') return { dataSet, transferSyntaxUid: TransferSyntax.ExplicitVrLittleEndian }
  if (compression === 'rle') {
    const fragments = frames.map(({ rgb }) => encodeRle(rgb, 3))
    return { dataSet: { ...dataSet, PixelData: { fragments } }, transferSyntaxUid: TransferSyntax.RleLossless }
  }
  const fragments = await Promise.all(frames.map(encodeJpeg))
  return {
    dataSet: {
      ...dataSet,
      ...lossy(dataSet, frames, fragments),
      // What the IODs allow of the JPEG's own YCbCr (PS3.5 section 8.2.1); how it is sampled stands in the codestream.
      PhotometricInterpretation: 'YBR_FULL_422',
      PixelData: { fragments },
    },
    transferSyntaxUid: TransferSyntax.JpegBaseline8Bit,
  }
}
