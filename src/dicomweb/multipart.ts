import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { asFailure, Failure } from '../failure.ts'

export type Multipart = {
  readonly contentType: string
  readonly contentLength: number
  readonly body: AsyncIterable<Uint8Array>
}

const partHead = (boundary: string) => Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`)
const PART_END = Buffer.from('\r\n')

/**
 * Part 10 files as one multipart/related message, RFC 2387, PS3.18 section 8.7.1: streamed from disk, of a length known
 * before, since many servers take no chunked request. The boundary is our caller's: it must not occur in a file.
 * @throws Failure FILE_UNREADABLE
 */
export async function multipartOf(paths: readonly string[], boundary: string): Promise<Multipart> {
  const sizes = await Promise.all(paths.map((path) => stat(path).then(({ size }) => size))).catch(unreadable)
  const end = Buffer.from(`--${boundary}--\r\n`)
  const head = partHead(boundary)
  const framing = paths.length * (head.length + PART_END.length) + end.length
  return {
    contentType: `multipart/related; type="application/dicom"; boundary=${boundary}`,
    contentLength: sizes.reduce((sum, size) => sum + size, framing),
    body: bodyOf(paths, head, end),
  }
}

async function* bodyOf(paths: readonly string[], head: Buffer, end: Buffer): AsyncGenerator<Uint8Array> {
  for (const path of paths) {
    yield head
    try {
      yield* createReadStream(path, { highWaterMark: 1 << 18 })
    } catch (error) {
      unreadable(error)
    }
    yield PART_END
  }
  yield end
}

function unreadable(cause: unknown): never {
  throw new Failure('FILE_UNREADABLE', `a result cannot be read: ${asFailure(cause, 'INTERNAL').message}`, { cause })
}
