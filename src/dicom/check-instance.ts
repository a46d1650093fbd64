import { Failure } from '../failure.ts'
import { parseUid, type Uid } from '../study/identifiers.ts'
import { withoutPadding } from '../study/padding.ts'
import { type Header, parseHeader } from './header.ts'
import { checkNativeLength, imageSize } from './image-size.ts'
import { RECEIVED_SOP_CLASSES } from './sop-classes.ts'
import { isEncapsulated, TransferSyntax } from './transfer-syntaxes.ts'

export type InstanceFacts = {
  readonly sopClassUid: string
  readonly sopInstanceUid: Uid
  readonly studyInstanceUid: Uid
  readonly seriesInstanceUid: Uid
  readonly header: Header
}

/** Pixel Data must begin within this much of a file. */
export const MAX_HEADER_BYTES = 8 * 1024 * 1024

/**
 * Whether a received instance is what its C-STORE command said and can be an image at all, before it is acknowledged.
 * `part10Prefix` is the beginning of the file (64 KB do nearly always), `totalBytes` the size of the whole; 'more' asks
 * for a longer beginning, up to MAX_HEADER_BYTES or the whole file.
 * @throws Failure DATA_SET_UNREADABLE, SOP_CLASS_MISMATCH (class or instance UID is not the command's), UID_INVALID
 */
export function checkInstance(
  part10Prefix: Uint8Array,
  totalBytes: number,
  command: { readonly sopClassUid: string; readonly sopInstanceUid: string },
): InstanceFacts | 'more' {
  const extensible = part10Prefix.length < Math.min(totalBytes, MAX_HEADER_BYTES)
  const header = parsePrefix(part10Prefix, extensible)
  if (header === 'more' || (extensible && !header.pixelDataAt)) return 'more'
  const facts = {
    sopClassUid: same(header, 'SOPClassUID', command.sopClassUid),
    sopInstanceUid: parseUid(same(header, 'SOPInstanceUID', command.sopInstanceUid)),
    studyInstanceUid: parseUid(present(header, 'StudyInstanceUID')),
    seriesInstanceUid: parseUid(present(header, 'SeriesInstanceUID')),
    header,
  }
  if (RECEIVED_SOP_CLASSES.includes(facts.sopClassUid)) checkPixelData(header, totalBytes)
  return facts
}

function parsePrefix(prefix: Uint8Array, extensible: boolean): Header | 'more' {
  try {
    return parseHeader(prefix, MAX_HEADER_BYTES)
  } catch (error) {
    if (extensible) return 'more'
    throw error
  }
}

function present(header: Header, keyword: string): string {
  const value = header.string(keyword)
  if (value === undefined) throw new Failure('DATA_SET_UNREADABLE', `${keyword} is missing`)
  return value
}

function same(header: Header, keyword: string, expected: string): string {
  const value = present(header, keyword)
  if (value !== withoutPadding(expected))
    throw new Failure('SOP_CLASS_MISMATCH', `${keyword} of the data set is not the command's`)
  return value
}

/** PS3.5 section 8 and Annex A.4. */
function checkPixelData(header: Header, totalBytes: number): void {
  const size = imageSize(header)
  const at = header.pixelDataAt
  if (!at) throw new Failure('DATA_SET_UNREADABLE', 'PixelData is missing')
  if (isEncapsulated(header.transferSyntaxUid)) {
    if (at.length !== undefined) throw new Failure('DATA_SET_UNREADABLE', 'Pixel Data is not encapsulated')
    return
  }
  if (at.length === undefined) throw new Failure('DATA_SET_UNREADABLE', 'native Pixel Data has no length')
  checkNativeLength(size, at.length)
  const deflated = header.transferSyntaxUid === TransferSyntax.DeflatedExplicitVrLittleEndian
  if (!deflated && at.offset + at.length > totalBytes)
    throw new Failure('DATA_SET_UNREADABLE', 'the file ends before its Pixel Data does')
}
