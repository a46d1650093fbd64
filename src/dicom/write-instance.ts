import type { DataSet } from './data-set.ts'
import { encodeFileMeta } from './file-meta.ts'
import type { PixelRoom } from './pixel-room.ts'
import { TransferSyntax } from './transfer-syntaxes.ts'
import { concat, encodeElements } from './write-data-set.ts'
import { invalid } from './write-value.ts'

function uidOf(dataSet: DataSet, keyword: string): string {
  const value = dataSet[keyword]
  if (typeof value !== 'string' || value === '') throw invalid(keyword, 'an instance of ours needs this UID as text')
  return value
}

/**
 * A Part 10 file (PS3.10 section 7), explicit VR little endian also around compressed pixels, with this node's implementation in the file meta.
 * `room`: of its pixels, which then are not copied if that can be.
 * @throws Failure RESULT_INVALID
 */
export function encodeInstance(
  dataSet: DataSet,
  transferSyntaxUid: string = TransferSyntax.ExplicitVrLittleEndian,
  room?: PixelRoom,
): Uint8Array {
  const content = encodeElements(dataSet)
  const meta = encodeFileMeta({
    sopClassUid: uidOf(dataSet, 'SOPClassUID'),
    sopInstanceUid: uidOf(dataSet, 'SOPInstanceUID'),
    transferSyntaxUid,
  })
  const pieces = [meta, ...content]
  return room?.join(pieces) ?? concat(pieces)
}
