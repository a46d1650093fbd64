import type { Header } from '../dicom/header.ts'
import { Failure } from '../failure.ts'
import { parseUid } from '../study/identifiers.ts'
import type { ListedInstance } from './content-item.ts'

/** The study of an image, or of anything else in it. */
export type SourceStudy = Pick<SourceImage, 'studyInstanceUid'>

/** The analysed radiograph's identity and size. */
export type SourceImage = {
  readonly studyInstanceUid: string
  readonly seriesInstanceUid: string
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly rows: number
  readonly columns: number
}

function uidOf(header: Header, keyword: string): string {
  const text = header.string(keyword)
  if (text === undefined) throw new Failure('RESULT_INVALID', `the source has no ${keyword}`)
  try {
    return parseUid(text)
  } catch (cause) {
    throw new Failure('RESULT_INVALID', `the source's ${keyword} is not a UID`, { cause })
  }
}

function sizeOf(header: Header, keyword: string): number {
  const size = header.number(keyword)
  if (!size || !Number.isInteger(size)) throw new Failure('RESULT_INVALID', `the source has no ${keyword}`)
  return size
}

/** @throws Failure RESULT_INVALID */
export const sourceStudy = (header: Header): SourceStudy => ({ studyInstanceUid: uidOf(header, 'StudyInstanceUID') })

/** @throws Failure RESULT_INVALID when the source lacks what every result must point at */
export const sourceImage = (header: Header): SourceImage => ({
  studyInstanceUid: uidOf(header, 'StudyInstanceUID'),
  seriesInstanceUid: uidOf(header, 'SeriesInstanceUID'),
  sopClassUid: uidOf(header, 'SOPClassUID'),
  sopInstanceUid: uidOf(header, 'SOPInstanceUID'),
  rows: sizeOf(header, 'Rows'),
  columns: sizeOf(header, 'Columns'),
})

/** As bytes: a UID of the source is repeated as it is, leading zeros included. */
export const verbatim = (text: string): Uint8Array => new TextEncoder().encode(text)

export const referenceTo = ({ sopClassUid, sopInstanceUid, seriesInstanceUid }: SourceImage): ListedInstance => ({
  seriesInstanceUid: verbatim(seriesInstanceUid),
  sopClassUid: verbatim(sopClassUid),
  sopInstanceUid: verbatim(sopInstanceUid),
})
