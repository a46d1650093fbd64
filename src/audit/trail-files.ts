import { createReadStream } from 'node:fs'
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { headerHash, parseHeader, parseLine, type TrailHeader, type TrailState } from './trail-line.ts'

/** One file for each writer and day (UTC): `2026-11-27_030405_host-1234-1a2b3c4d.audit`. */
const NAME = /^\d{4}-\d{2}-\d{2}_[A-Za-z0-9._-]+\.audit$/
/** Longer than any message; a file's last line is looked for in so much of its end. */
const TAIL_BYTES = 256 * 1024

export const dayOf = (file: string): string => file.slice(0, 10)

/** The trail's files, oldest day first; none when there is no such folder. */
export async function trailFiles(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names.filter((name) => NAME.test(name)).sort()
}

/** Whole lines only: what a writer that was killed left unfinished is not among them. */
export async function* readLines(path: string): AsyncGenerator<string> {
  let waiting: string | undefined
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (waiting !== undefined) yield waiting
    waiting = line
  }
  if (waiting !== undefined && (await endsWithLine(path))) yield waiting
}

async function endsWithLine(path: string): Promise<boolean> {
  await using file = await open(path)
  const { size } = await file.stat()
  return size > 0 && (await readAt(file, size - 1, 1)).toString() === '\n'
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

/** How far a file goes; undefined when not even its header is whole. */
async function stateOf(directory: string, file: string): Promise<TrailState | undefined> {
  await using handle = await open(join(directory, file))
  const { size } = await handle.stat()
  const start = Math.max(0, size - TAIL_BYTES)
  const text = (await readAt(handle, start, size - start)).toString()
  const whole = text.slice(0, text.lastIndexOf('\n') + 1).trimEnd()
  const line = whole.slice(whole.lastIndexOf('\n') + 1)
  const last = parseLine(line)
  if (last) return { file, messages: last.number, hash: last.hash }
  return parseHeader(line) ? { file, messages: 0, hash: headerHash(line) } : undefined
}

async function headerOf(directory: string, file: string): Promise<TrailHeader | undefined> {
  for await (const line of readLines(join(directory, file))) return parseHeader(line)
  return undefined
}

/**
 * What a new file tells of those before it: the files of the last two days, as far as they go now, unless another has
 * told that already. So a file that is shortened, altered or removed afterwards contradicts a later one.
 */
export async function statesToAttest(directory: string): Promise<TrailState[]> {
  const files = await trailFiles(directory)
  const days = [...new Set(files.map(dayOf))].slice(-2)
  const recent = files.filter((file) => days.includes(dayOf(file)))
  const headers = await Promise.all(recent.map((file) => headerOf(directory, file)))
  const told = new Set(
    headers.flatMap((header) => header?.previous ?? []).map((state) => `${state.file} ${state.hash}`),
  )
  const states = await Promise.all(recent.map((file) => stateOf(directory, file)))
  return states.filter((state) => state !== undefined).filter(({ file, hash }) => !told.has(`${file} ${hash}`))
}
