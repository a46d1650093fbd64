import type { IncomingInstance } from '../../src/dicom/incoming-instance.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { TransferSyntax } from '../../src/dicom/transfer-syntaxes.ts'

const STUDY = '1.2.3.1'
const SERIES = '1.2.3.1.1'

function element(tag: number, vr: string, value: Buffer | string): Buffer {
  const text = Buffer.from(value)
  const padded = text.length % 2 ? Buffer.concat([text, Buffer.from(vr === 'UI' ? '\0' : ' ')]) : text
  const head = Buffer.alloc(vr === 'OW' ? 12 : 8)
  head.writeUInt16LE(tag >>> 16, 0)
  head.writeUInt16LE(tag & 0xffff, 2)
  head.write(vr, 4)
  if (vr === 'OW') head.writeUInt32LE(padded.length, 8)
  else head.writeUInt16LE(padded.length, 6)
  return Buffer.concat([head, padded])
}

const us = (tag: number, value: number) => element(tag, 'US', Buffer.from([value & 0xff, value >> 8]))

type Content = { sopInstanceUid?: string; studyInstanceUid?: string; rows?: number; before?: Buffer; fill?: number }

/** The data set of a Secondary Capture image of `rows` × 100 pixels, Explicit VR Little Endian. */
export function imageDataSet(content: Content = {}): Buffer {
  const { sopInstanceUid = '1.2.3.4.5', studyInstanceUid = STUDY, rows = 100, before, fill = 0 } = content
  return Buffer.concat([
    element(0x00080016, 'UI', SopClass.SecondaryCaptureImageStorage),
    element(0x00080018, 'UI', sopInstanceUid),
    element(0x00100010, 'PN', 'SECRET^NAME'),
    element(0x0020000d, 'UI', studyInstanceUid),
    element(0x0020000e, 'UI', SERIES),
    us(0x00280002, 1),
    element(0x00280004, 'CS', 'MONOCHROME2'),
    us(0x00280010, rows),
    us(0x00280011, 100),
    us(0x00280100, 16),
    us(0x00280101, 12),
    us(0x00280102, 11),
    us(0x00280103, 0),
    ...(before ? [element(0x00291010, 'OW', before)] : []),
    element(0x7fe00010, 'OW', Buffer.alloc(rows * 200, fill)),
  ])
}

/** What the C-STORE request of such a data set says. */
export const incoming = (sopInstanceUid = '1.2.3.4.5'): IncomingInstance => ({
  associationId: '00000000-0000-4000-8000-000000000001',
  callingAeTitle: 'CR1',
  calledAeTitle: 'MCADS',
  remoteAddress: '127.0.0.1',
  sopClassUid: SopClass.SecondaryCaptureImageStorage,
  sopInstanceUid,
  transferSyntaxUid: TransferSyntax.ExplicitVrLittleEndian,
  messageId: 1,
})
