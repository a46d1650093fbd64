import type { DataSet } from '../../src/dicom/data-set.ts'
import { encodeFileMeta } from '../../src/dicom/file-meta.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { TransferSyntax } from '../../src/dicom/transfer-syntaxes.ts'
import { encodeDataSet } from '../../src/dicom/write-data-set.ts'

const SOP_CLASS_UID = SopClass.DigitalXRayImageStorageForPresentation

/** A 4 × 4 DX image of 8-bit pixels, 0 to 255 in steps of 17; `change` overrides, null removes the value. */
export function tinyDx(change: DataSet = {}): DataSet {
  return {
    SOPClassUID: SOP_CLASS_UID,
    SOPInstanceUID: '1.2.3.4',
    StudyInstanceUID: '1.2.3',
    SeriesInstanceUID: '1.2.3.1',
    Modality: 'DX',
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: 4,
    Columns: 4,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    PixelData: Uint8Array.from({ length: 16 }, (_, i) => i * 17),
    ...change,
  }
}

/** The data set (explicit VR little endian) as a file; `transferSyntaxUid` is only said, nothing is converted. */
export function part10(
  dataSet: DataSet,
  transferSyntaxUid: string = TransferSyntax.ExplicitVrLittleEndian,
  encode: (dataSet: Uint8Array) => Uint8Array = (encoded) => encoded,
): Buffer {
  const meta = encodeFileMeta({ sopClassUid: SOP_CLASS_UID, sopInstanceUid: '1.2.3.4', transferSyntaxUid })
  return Buffer.concat([meta, encode(encodeDataSet(dataSet))])
}

/** Pixel Data of explicit VR little endian with undefined length: an empty offset table, then the fragments. */
export function encapsulated(fragments: readonly Uint8Array[]): Buffer {
  const item = (bytes: Uint8Array) => {
    const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0])
    head.writeUInt32LE(bytes.length, 4)
    return Buffer.concat([head, bytes])
  }
  const element = Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff])
  const end = Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0])
  return Buffer.concat([element, item(Buffer.alloc(0)), ...fragments.map(item), end])
}
