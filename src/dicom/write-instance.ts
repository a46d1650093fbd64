import type { DataSet } from './data-set.ts'
import { encodeFileMeta } from './file-meta.ts'
import type { PixelRoom } from './pixel-room.ts'
import { TransferSyntax } from './transfer-syntaxes.ts'
import { byTag, concat, type Element, elementsOf } from './write-data-set.ts'
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
  const pieces = piecesOf(dataSet, elementsOf(dataSet), transferSyntaxUid)
  return room?.join(pieces) ?? concat(pieces)
}

/**
 * Encodes instances that are the same but for a few attributes each, and no pixels among those: what they share is encoded
 * once. @throws Failure RESULT_INVALID, also when it is called
 */
export function variantsOf(shared: DataSet): (change: DataSet) => Uint8Array {
  const common = elementsOf(shared)
  return (change) => {
    const own = elementsOf(change)
    const others = common.filter(({ tag }) => own.every((each) => each.tag !== tag))
    return concat(piecesOf({ ...shared, ...change }, [...others, ...own].sort(byTag)))
  }
}

function piecesOf(
  dataSet: DataSet,
  elements: readonly Element[],
  transferSyntaxUid: string = TransferSyntax.ExplicitVrLittleEndian,
): Uint8Array[] {
  const meta = encodeFileMeta({
    sopClassUid: uidOf(dataSet, 'SOPClassUID'),
    sopInstanceUid: uidOf(dataSet, 'SOPInstanceUID'),
    transferSyntaxUid,
  })
  return [meta, ...elements.flatMap(({ pieces }) => pieces)]
}
