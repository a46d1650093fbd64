import { mkdir, open, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asFailure, type Failure } from '../failure.ts'
import { repeat } from '../lifecycle.ts'
import { syslogMessage } from './syslog-message.ts'
import type { SendSyslog } from './syslog-sender.ts'
import { trailFiles } from './trail-files.ts'
import { parseLine } from './trail-line.ts'

type Options = {
  readonly directory: string
  /** The trail's files of this process. */
  own(): { has(file: string): boolean }
  readonly send: SendSyslog
  readonly onFailure: (failure: Failure) => void
  /** Bytes of the trail that the repository does not have yet. */
  readonly onLook: (unsentBytes: number) => void
  readonly everyMs?: number
  /** Another process's file that nobody has touched for so long is taken over. */
  readonly orphanMs?: number
}

const EVERY_MS = 1000
const ORPHAN_MS = 60_000
const BATCH_BYTES = 512 * 1024

/**
 * Sends the trail to an audit repository: each file from where it was confirmed last, which is kept beside it under
 * sent/. What a process left behind another sends. At least once, in the order of each file.
 */
export function openForwarder(options: Options): AsyncDisposable {
  let lastFailure = ''
  const onError = (error: unknown) => {
    const failure = asFailure(error, 'INTERNAL')
    // Told once for as long as it lasts.
    if (failure.message !== lastFailure) options.onFailure(failure)
    lastFailure = failure.message
  }
  const work = async () => {
    await forward(options)
    lastFailure = ''
  }
  const turns = repeat(options.everyMs ?? EVERY_MS, work, onError)
  return {
    async [Symbol.asyncDispose]() {
      await turns[Symbol.asyncDispose]()
      await work().catch(onError)
    },
  }
}

/** Sends what there is. @throws Failure PEER_UNREACHABLE, PEER_SILENT */
async function forward(options: Options): Promise<void> {
  const { directory, own, onLook, orphanMs = ORPHAN_MS } = options
  await mkdir(join(directory, 'sent'), { recursive: true, mode: 0o700 })
  const files = await trailFiles(directory)
  const states = await Promise.all(files.map((file) => lookAt(directory, file)))
  const unsent = states.filter(({ size, sent }) => sent < size)
  onLook(unsent.reduce((sum, { size, sent }) => sum + size - sent, 0))
  const ours = unsent.filter(({ file, touchedAt }) => own().has(file) || Date.now() - touchedAt > orphanMs)
  // Nobody takes over what this process is still at.
  for (const { file } of ours) await touch(positionPath(directory, file))
  for (const { file, sent } of ours) await forwardFile(options, file, sent)
}

type Sent = { readonly file: string; readonly size: number; readonly sent: number; readonly touchedAt: number }

const positionPath = (directory: string, file: string) => join(directory, 'sent', file)

async function lookAt(directory: string, file: string): Promise<Sent> {
  const { size, mtimeMs } = await stat(join(directory, file))
  const path = positionPath(directory, file)
  const position = await readFile(path, 'utf8').catch(() => '0')
  const touched = await stat(path).catch(() => undefined)
  return { file, size, sent: Number(position) || 0, touchedAt: Math.max(mtimeMs, touched?.mtimeMs ?? 0) }
}

async function touch(path: string): Promise<void> {
  const now = new Date()
  await utimes(path, now, now).catch(() => {})
}

async function forwardFile({ directory, send }: Options, file: string, from: number): Promise<void> {
  for (let at = from; ; ) {
    const { messages, bytes } = await readBatch(join(directory, file), at)
    if (bytes === 0) return
    if (messages.length > 0) await send(messages)
    at += bytes
    const path = positionPath(directory, file)
    await writeFile(`${path}.part`, String(at), { mode: 0o600 })
    await rename(`${path}.part`, path)
  }
}

/** Whole lines from a position on; the header is none of the repository's. */
async function readBatch(path: string, from: number): Promise<{ messages: Buffer[]; bytes: number }> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(BATCH_BYTES), 0, BATCH_BYTES, from)
  const bytes = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1
  const lines = buffer.subarray(0, bytes).toString().split('\n')
  return { messages: lines.flatMap((line) => parseLine(line)?.xml ?? []).map(syslogMessage), bytes }
}
