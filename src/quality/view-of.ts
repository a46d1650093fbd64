import type { Header } from '../dicom/header.ts'
import { saysPortable } from './chest-words.ts'

/** CID 4010 DX View, PS3.16. */
const VIEW_CODES: Readonly<Record<string, string>> = { '272479007': 'PA', '399348003': 'AP' }

/**
 * How the image was taken: View Position, else the coded view, else AP for a portable unit or a patient lying down, who is
 * taken from the front. Undefined when nothing tells.
 */
export function viewOf(header: Header): string | undefined {
  const coded = header.items('ViewCodeSequence').map((item) => VIEW_CODES[item.string('CodeValue') ?? ''])
  return (
    header.string('ViewPosition') ??
    coded.find((view) => view !== undefined) ??
    (saysPortable(header) ? 'AP' : undefined)
  )
}
