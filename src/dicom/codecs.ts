import dcmjsCodecs from 'dcmjs-codecs'
import { Failure } from '../failure.ts'
import type { ImageSize } from './image-size.ts'
import { TransferSyntax } from './transfer-syntaxes.ts'

const { Context, NativeCodecs } = dcmjsCodecs
type Codec = (context: InstanceType<typeof Context>) => InstanceType<typeof Context>

dcmjsCodecs.log.setLevel('silent')

const jpeg: Codec = (context) => NativeCodecs.decodeJpeg(context, { convertColorspaceToRgb: false })
const jpegLs: Codec = (context) => NativeCodecs.decodeJpegLs(context)
const jpeg2000: Codec = (context) => NativeCodecs.decodeJpeg2000(context)
const htj2k: Codec = (context) => NativeCodecs.decodeHtJpeg2000(context)

const CODEC: Readonly<Record<string, Codec>> = {
  [TransferSyntax.JpegBaseline8Bit]: jpeg,
  [TransferSyntax.JpegExtended12Bit]: jpeg,
  [TransferSyntax.JpegLossless]: jpeg,
  [TransferSyntax.JpegLosslessSv1]: jpeg,
  [TransferSyntax.JpegLsLossless]: jpegLs,
  [TransferSyntax.JpegLsNearLossless]: jpegLs,
  [TransferSyntax.Jpeg2000Lossless]: jpeg2000,
  [TransferSyntax.Jpeg2000]: jpeg2000,
  [TransferSyntax.Htj2kLossless]: htj2k,
  [TransferSyntax.Htj2kLosslessRpcl]: htj2k,
  [TransferSyntax.Htj2k]: htj2k,
}

export type CodedFrame = ImageSize & {
  readonly transferSyntaxUid: string
  readonly bitsStored: number
  readonly signed: boolean
  readonly photometric: string
  readonly codestream: Uint8Array
}

/**
 * Decodes one frame: stored values as bytes, little-endian, samples interleaved. Blocks, and on a corrupt frame can do
 * so for ever: only for a process that may be killed.
 * @throws Failure PIXELS_UNREADABLE
 */
export async function decodeFrame(frame: CodedFrame): Promise<Uint8Array> {
  const codec = CODEC[frame.transferSyntaxUid]
  if (!codec) throw new Failure('PIXELS_UNREADABLE', `no decoder for transfer syntax ${frame.transferSyntaxUid}`)
  if (!NativeCodecs.isInitialized()) await NativeCodecs.initializeAsync()
  try {
    return codec(contextOf(frame)).getDecodedBuffer() ?? new Uint8Array()
  } catch (cause) {
    // An exception leaves the WebAssembly instance spoilt: later good frames would fail too.
    NativeCodecs.release()
    throw new Failure('PIXELS_UNREADABLE', 'the frame cannot be decoded', { cause })
  }
}

function contextOf(frame: CodedFrame): InstanceType<typeof Context> {
  return new Context({
    width: frame.columns,
    height: frame.rows,
    bitsAllocated: frame.bitsAllocated,
    bitsStored: frame.bitsStored,
    samplesPerPixel: frame.samples,
    pixelRepresentation: frame.signed ? 1 : 0,
    planarConfiguration: 0,
    photometricInterpretation: frame.photometric,
    encodedBuffer: frame.codestream,
  })
}
