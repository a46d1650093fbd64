import { createHash } from 'node:crypto'

/** Where a file's chain begins: what its writer was, and how far the files beside it went at that moment. */
export type TrailHeader = {
  readonly writer: string
  readonly openedAt: string
  readonly previous: readonly TrailState[]
}

/** How far a file goes: its messages and the hash of the last one (of its header when there is none). */
export type TrailState = { readonly file: string; readonly messages: number; readonly hash: string }

export type TrailLine = { readonly number: number; readonly hash: string; readonly xml: string }

const FORMAT = 'mcads-audit 1 '
const LINE = /^([1-9]\d*) ([0-9a-f]{64}) (<.*>)$/

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

export const encodeHeader = (header: TrailHeader): string => FORMAT + JSON.stringify(header)

/** The hash that a file's first message is chained to. */
export const headerHash = (line: string): string => sha256(line)

/** The hash of a message covers all that stands before it in its file. */
export const chainHash = (previous: string, number: number, xml: string): string =>
  sha256(`${previous} ${number} ${xml}`)

export const encodeLine = ({ number, hash, xml }: TrailLine): string => `${number} ${hash} ${xml}`

/** undefined: not a line of ours. */
export function parseLine(line: string): TrailLine | undefined {
  const [, number, hash, xml] = LINE.exec(line) ?? []
  return hash && xml ? { number: Number(number), hash, xml } : undefined
}

/** undefined: not a header of ours. */
export function parseHeader(line: string): TrailHeader | undefined {
  if (!line.startsWith(FORMAT)) return undefined
  try {
    const header: TrailHeader = JSON.parse(line.slice(FORMAT.length))
    return Array.isArray(header.previous) ? header : undefined
  } catch {
    return undefined
  }
}
