import { Failure } from '../failure.ts'
import type { ImageSize } from './image-size.ts'

/** What a compressed frame says of itself. */
type Claims = {
  readonly rows: number
  readonly columns: number
  readonly samples: number
  readonly precision: number
  readonly jpegLs?: boolean
}

export type Codestream = {
  readonly bytes: Uint8Array
  /** Decodes to all of one sample, then all of the next: JPEG-LS with a scan for each, ITU-T T.87 C.2.3. */
  readonly planar: boolean
}

const broken = (message: string) => new Failure('PIXELS_UNREADABLE', message)

const SOI = 0xffd8
const SOC = 0xff4f
const SIZ = 0xff51
const SOS = 0xffda
/** Start of a JPEG-LS frame, ITU-T T.87 C.2.2. */
const SOF55 = 0xfff7
/** Baseline, extended, progressive and lossless, ITU-T T.81 Table B.1. */
const SOF: readonly number[] = [0xffc0, 0xffc1, 0xffc2, 0xffc3, SOF55]

/** ITU-T T.81 B.2: segments up to the first scan; what follows can hold FFD9 only as its end. */
function readJpeg(view: DataView): { claims: Claims | undefined; scanAt: number } {
  let claims: Claims | undefined
  for (let at = 2; at + 4 <= view.byteLength; ) {
    const marker = view.getUint16(at)
    if (marker === SOS) return { claims, scanAt: at }
    if (marker === 0xffff) {
      at += 1
      continue
    }
    if (SOF.includes(marker) && at + 10 <= view.byteLength) {
      const [precision, samples] = [view.getUint8(at + 4), view.getUint8(at + 9)]
      claims = {
        precision,
        rows: view.getUint16(at + 5),
        columns: view.getUint16(at + 7),
        samples,
        jpegLs: marker === SOF55,
      }
    }
    at += 2 + view.getUint16(at + 2)
  }
  throw broken('the JPEG frame has no scan')
}

/** ITU-T T.800 A.5.1. */
function readJpeg2000(view: DataView): Claims {
  if (view.byteLength < 43 || view.getUint16(2) !== SIZ) throw broken('the JPEG 2000 frame has no size')
  return {
    columns: view.getUint32(8) - view.getUint32(16),
    rows: view.getUint32(12) - view.getUint32(20),
    samples: view.getUint16(40),
    precision: (view.getUint8(42) & 0x7f) + 1,
  }
}

/**
 * Decoders neither compare a frame's size with Rows and Columns nor notice that its end is missing: this does both.
 * @returns the codestream without a file format around it
 * @throws Failure PIXELS_UNREADABLE
 */
export function checkCodestream(coded: Uint8Array, size: ImageSize): Codestream {
  const frame = Buffer.from(coded.buffer, coded.byteOffset, coded.byteLength)
  // Some writers leave the JP2 file format around the codestream, against PS3.5 A.4.4.
  const boxed = frame.length > 8 && frame.toString('latin1', 4, 8) === 'jP  '
  const codestream = boxed ? frame.subarray(Math.max(0, frame.indexOf(Buffer.of(0xff, 0x4f, 0xff, 0x51)))) : frame
  const view = new DataView(codestream.buffer, codestream.byteOffset, codestream.byteLength)
  const start = view.byteLength < 4 ? 0 : view.getUint16(0)
  if (start !== SOI && start !== SOC) throw broken('the frame is neither JPEG nor JPEG 2000')
  const { claims, scanAt } = start === SOC ? { claims: readJpeg2000(view), scanAt: 2 } : readJpeg(view)
  if (!claims || claims.rows !== size.rows || claims.columns !== size.columns || claims.samples !== size.samples)
    throw broken('the compressed frame has another size than Rows, Columns and Samples per Pixel say')
  if (claims.precision > size.bitsAllocated) throw broken('the compressed frame has more bits than Bits Allocated')
  if (codestream.indexOf(Buffer.of(0xff, 0xd9), scanAt) < 0) throw broken('the compressed frame breaks off')
  const planar = claims.jpegLs === true && claims.samples > 1 && view.getUint8(scanAt + 4) === 1
  return { bytes: codestream, planar }
}
