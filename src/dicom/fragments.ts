import { Failure } from '../failure.ts'

const ITEM = 0xe000fffe
const SEQUENCE_DELIMITER = 0xe0ddfffe

type Fragment = { readonly at: number; readonly bytes: Uint8Array }

const broken = (message: string) => new Failure('PIXELS_UNREADABLE', message)

/** The items of encapsulated Pixel Data, PS3.5 Annex A.4; `at` is the item tag's place, as offset tables count. */
function readItems(bytes: Uint8Array, offset: number): { offsetTable: Uint8Array; fragments: Fragment[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const items: Fragment[] = []
  let at = offset
  while (at + 8 <= bytes.length) {
    const tag = view.getUint32(at, true)
    if (tag === SEQUENCE_DELIMITER) break
    const length = view.getUint32(at + 4, true)
    if (tag !== ITEM) throw broken('the encapsulated Pixel Data has something else than items')
    if (at + 8 + length > bytes.length) throw broken('the file ends inside a fragment of Pixel Data')
    items.push({ at, bytes: bytes.subarray(at + 8, at + 8 + length) })
    at += 8 + length
  }
  const [table, ...fragments] = items
  if (!table || fragments.length === 0) throw broken('the encapsulated Pixel Data is empty')
  return { offsetTable: table.bytes, fragments }
}

/** JPEG, JPEG-LS, JPEG 2000 and HTJ2K all end with FFD9, then at most a padding byte. */
function endsCodestream({ bytes }: Fragment): boolean {
  const end = bytes.at(-1) === 0 ? bytes.length - 1 : bytes.length
  return bytes[end - 2] === 0xff && bytes[end - 1] === 0xd9
}

function frameStarts({ offsetTable, fragments }: ReturnType<typeof readItems>, frames: number): Fragment[] {
  const [first] = fragments
  if (frames === 1 || !first) return fragments.slice(0, 1)
  if (fragments.length === frames) return fragments
  if (offsetTable.length >= 4 * frames) {
    const view = new DataView(offsetTable.buffer, offsetTable.byteOffset, offsetTable.byteLength)
    const offsets = new Set(Array.from({ length: frames }, (_, i) => first.at + view.getUint32(4 * i, true)))
    return fragments.filter(({ at }) => offsets.has(at))
  }
  return fragments.filter((_, i) => i === 0 || endsCodestream(fragments[i - 1] ?? first))
}

/**
 * The codestreams of the first `wanted` of `frames` frames. Frames of several fragments are told apart by the basic
 * offset table or, without one, by where a codestream ends.
 * @throws Failure PIXELS_UNREADABLE
 */
export function readCodestreams(bytes: Uint8Array, offset: number, frames: number, wanted: number): Uint8Array[] {
  const items = readItems(bytes, offset)
  const starts = frameStarts(items, frames)
  if (starts.length < wanted) throw broken('there are fewer frames than Number of Frames says')
  return starts.slice(0, wanted).map((start, i) => {
    const next = starts[i + 1]?.at ?? Number.POSITIVE_INFINITY
    const parts = items.fragments.filter(({ at }) => at >= start.at && at < next).map((part) => part.bytes)
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
  })
}
