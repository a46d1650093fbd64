/** Transfer syntaxes, PS3.6 Annex A. The only place where their UIDs stand. */
export const TransferSyntax = {
  ImplicitVrLittleEndian: '1.2.840.10008.1.2',
  ExplicitVrLittleEndian: '1.2.840.10008.1.2.1',
  DeflatedExplicitVrLittleEndian: '1.2.840.10008.1.2.1.99',
  ExplicitVrBigEndian: '1.2.840.10008.1.2.2',
  JpegBaseline8Bit: '1.2.840.10008.1.2.4.50',
  JpegExtended12Bit: '1.2.840.10008.1.2.4.51',
  JpegLossless: '1.2.840.10008.1.2.4.57',
  JpegLosslessSv1: '1.2.840.10008.1.2.4.70',
  JpegLsLossless: '1.2.840.10008.1.2.4.80',
  JpegLsNearLossless: '1.2.840.10008.1.2.4.81',
  Jpeg2000Lossless: '1.2.840.10008.1.2.4.90',
  Jpeg2000: '1.2.840.10008.1.2.4.91',
  Htj2kLossless: '1.2.840.10008.1.2.4.201',
  Htj2kLosslessRpcl: '1.2.840.10008.1.2.4.202',
  Htj2k: '1.2.840.10008.1.2.4.203',
  RleLossless: '1.2.840.10008.1.2.5',
} as const

/** Accepted by default, best first: what needs no decoding, then lossless, then lossy. */
export const ACCEPTED_TRANSFER_SYNTAXES: readonly string[] = [
  TransferSyntax.ExplicitVrLittleEndian,
  TransferSyntax.ImplicitVrLittleEndian,
  TransferSyntax.JpegLosslessSv1,
  TransferSyntax.JpegLossless,
  TransferSyntax.JpegLsLossless,
  TransferSyntax.RleLossless,
  TransferSyntax.Htj2kLossless,
  TransferSyntax.Htj2kLosslessRpcl,
  TransferSyntax.Jpeg2000Lossless,
  TransferSyntax.JpegLsNearLossless,
  TransferSyntax.Htj2k,
  TransferSyntax.Jpeg2000,
  TransferSyntax.JpegBaseline8Bit,
  TransferSyntax.JpegExtended12Bit,
]

/** Accepted when configured (`dicom.acceptDeflated`, `dicom.acceptBigEndian`). */
export const OPTIONAL_TRANSFER_SYNTAXES = {
  deflated: TransferSyntax.DeflatedExplicitVrLittleEndian,
  bigEndian: TransferSyntax.ExplicitVrBigEndian,
} as const

const NATIVE: readonly string[] = [
  TransferSyntax.ImplicitVrLittleEndian,
  TransferSyntax.ExplicitVrLittleEndian,
  TransferSyntax.DeflatedExplicitVrLittleEndian,
  TransferSyntax.ExplicitVrBigEndian,
]

/** Pixel Data in fragments, PS3.5 Annex A.4. */
export function isEncapsulated(transferSyntaxUid: string): boolean {
  return !NATIVE.includes(transferSyntaxUid)
}
