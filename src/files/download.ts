import { createWriteStream } from 'node:fs'
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorCode, Failure } from '../failure.ts'
import { httpGet } from './http-get.ts'

export type Progress = { readonly received: number; readonly total: number | undefined }

export type DownloadOptions = {
  readonly url: URL
  /** Where the file is put once it is whole; beside it `.part` until then. */
  readonly path: string
  readonly maximumBytes: number
  readonly onProgress?: (progress: Progress) => void
}

const ATTEMPTS = 4
const PAUSE_MS = 1000

/** What is there already of which version of the file; a part of an unknown version is of no use. */
async function begun(part: string): Promise<{ bytes: number; version: string | undefined }> {
  const version = await readFile(`${part}.version`, 'utf8').catch(() => undefined)
  const bytes = version
    ? await stat(part).then(
        ({ size }) => size,
        () => 0,
      )
    : 0
  return { bytes, version }
}

/** A strong validator only: by a weak one parts may not be joined (RFC 9110 13.1.5). */
const versionOf = ({ headers }: IncomingMessage) => (headers.etag?.startsWith('W/') ? undefined : headers.etag)

function refusal({ host }: URL, status: number | undefined): Failure {
  if (status === 404) return new Failure('NOT_FOUND', `${host} has no such file`)
  const again = status === 429 || status === 408 || (status ?? 0) >= 500
  return new Failure(again ? 'PEER_UNREACHABLE' : 'NOT_FOUND', `${host} answered ${status}`)
}

/** Where the body begins in the file: after what we have, or anew. Undefined: what we have is of no use. */
function startOf({ statusCode, headers }: IncomingMessage, have: number): number | undefined {
  if (statusCode === 200) return 0
  if (statusCode !== 206) return undefined
  return headers['content-range']?.startsWith(`bytes ${have}-`) ? have : undefined
}

/** One request, going on where the last one stopped if the file is still the same. */
async function attempt({ url, maximumBytes, onProgress }: DownloadOptions, part: string): Promise<void> {
  const { bytes: have, version } = await begun(part)
  const resume = have > 0 && version ? { range: `bytes=${have}-`, 'if-range': version } : {}
  const response = await httpGet(url, { accept: '*/*', 'accept-encoding': 'identity', ...resume })
  const start = startOf(response, have)
  if (start === undefined) {
    response.destroy()
    if (response.statusCode !== 206 && response.statusCode !== 416) throw refusal(url, response.statusCode)
    await rm(part, { force: true })
    throw new Failure('PEER_UNREACHABLE', `${url.host} could not go on where it had stopped`)
  }
  const length = response.headers['content-length']
  const total = length === undefined ? undefined : start + Number(length)
  const tooLarge = () => new Failure('MODEL_INVALID', `${url.host} sends more than ${maximumBytes} bytes, the limit`)
  if ((total ?? 0) > maximumBytes) {
    response.destroy()
    throw tooLarge()
  }
  await writeFile(`${part}.version`, versionOf(response) ?? '')
  let received = start
  const counted = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      received += chunk.length
      if (received > maximumBytes) throw tooLarge()
      onProgress?.({ received, total })
      yield chunk
    }
  }
  response.setTimeout(30_000, () => response.destroy(new Error('silent for 30 s')))
  await pipeline(response, counted, createWriteStream(part, { flags: start > 0 ? 'a' : 'w', mode: 0o644 }))
  if (total !== undefined && received < total) throw new Failure('PEER_UNREACHABLE', `${url.host} stopped half-way`)
}

/** A broken stream is the network's fault, a full disk the disk's. */
function causeOf(error: unknown, { url: { host }, path }: DownloadOptions): Failure {
  if (error instanceof Failure) return error
  const code = String(errorCode(error) ?? '')
  if (/^E(NOSPC|DQUOT)$/.test(code)) return new Failure('DISK_FULL', `no space left for ${path}`, { cause: error })
  if (/^E(ACCES|PERM|ROFS|IO|ISDIR|NOENT)$/.test(code))
    return new Failure('STORAGE_FAILED', `${path} cannot be written: ${code}`, { cause: error })
  return new Failure('PEER_UNREACHABLE', `${host} stopped half-way: ${code || 'the stream broke'}`, { cause: error })
}

/**
 * Downloads a file whole, going on after interruptions, also of an earlier process.
 * @throws Failure PEER_UNREACHABLE (a further try goes on where this one stopped), NOT_FOUND, MODEL_INVALID (too large),
 * DISK_FULL, STORAGE_FAILED
 */
export async function download(options: DownloadOptions): Promise<void> {
  const part = `${options.path}.part`
  for (let left = ATTEMPTS; ; left--) {
    try {
      await attempt(options, part)
      break
    } catch (error) {
      const failure = causeOf(error, options)
      if (failure.code === 'MODEL_INVALID') await discard(part)
      if (failure.code !== 'PEER_UNREACHABLE' || left <= 1) throw failure
      await sleep(PAUSE_MS)
    }
  }
  await rename(part, options.path)
  await discard(part)
}

async function discard(part: string): Promise<void> {
  await rm(part, { force: true })
  await rm(`${part}.version`, { force: true })
}
