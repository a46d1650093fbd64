import { parseHeader } from '../dicom/header.ts'
import { encodePng } from '../report/page.ts'

/** The picture of an RGB Secondary Capture, Part 10, uncompressed; undefined when it has none. */
export async function capturePng(part10: Uint8Array): Promise<Uint8Array | undefined> {
  const header = parseHeader(part10)
  const { pixelDataAt: at } = header
  if (!at?.length) return undefined
  const rgb = at.bytes.subarray(at.offset, at.offset + at.length)
  return encodePng({ rows: header.number('Rows') ?? 0, columns: header.number('Columns') ?? 0, rgb })
}
