import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { asFailure, errorCode, Failure } from '../failure.ts'

/** The largest file of weights that is taken; the largest published checkpoint has 94 MB. */
export const LARGEST_WEIGHTS = 500_000_000

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export const jsonBytes = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value, null, 2)}\n`)

/** @throws Failure FILE_UNREADABLE; MODEL_INVALID when it is larger than any weights of ours */
export async function readWeights(path: string): Promise<Buffer> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw new Failure('FILE_UNREADABLE', `${path}: there is no such file to read`, { cause })
  })
  if (size > LARGEST_WEIGHTS)
    throw new Failure('MODEL_INVALID', `${path} has ${size} bytes: more than ${LARGEST_WEIGHTS} are not taken`)
  return readFile(path).catch((cause: unknown) => {
    throw new Failure('FILE_UNREADABLE', `${path} cannot be read`, { cause })
  })
}

const notWritten = (path: string) => (cause: unknown) => {
  throw new Failure('STORAGE_FAILED', `${path} cannot be written: ${errorCode(cause) ?? 'unknown'}`, { cause })
}

/** A new file of a model, synced. @throws Failure STORAGE_FAILED */
export async function writeModelFile(directory: string, name: string, bytes: Uint8Array): Promise<void> {
  const path = join(directory, name)
  const write = async () => {
    await using file = await open(path, 'wx', 0o644)
    await file.writeFile(bytes)
    await file.sync()
  }
  await write().catch(notWritten(path))
}

const PART = '.import-'
/** Longer than any import takes. */
const LEFT_BEHIND_MS = 60 * 60_000

/** Imports that were killed leave their folder; a model that one of them had moved aside (`.old`) is not theirs to lose. */
async function removeLeftBehind(folder: string): Promise<void> {
  const names = await readdir(folder)
  const parts = names
    .filter((name) => name.startsWith(PART) && !name.endsWith('.old'))
    .map((name) => join(folder, name))
  for (const path of parts) {
    const changed = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Number.POSITIVE_INFINITY,
    )
    if (changed < Date.now() - LEFT_BEHIND_MS) await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}

/**
 * Makes a model in a folder of its own and puts it in its place when it is whole; nothing stays behind when it fails.
 * @throws Failure
 */
export async function installModel<T>(
  { folder, id, replace }: { readonly folder: string; readonly id: string; readonly replace: boolean },
  make: (directory: string) => Promise<T>,
): Promise<T & { readonly directory: string }> {
  const directory = join(folder, id)
  const part = join(folder, `${PART}${id}-${randomUUID()}`)
  try {
    await mkdir(part, { recursive: true }).catch(notWritten(part))
    await removeLeftBehind(folder)
    const made = await make(part)
    await putInPlace(part, directory, replace).catch(notWritten(directory))
    return { ...made, directory }
  } catch (error) {
    throw asFailure(error, 'STORAGE_FAILED')
  } finally {
    // What does not go now goes with a later import; the error before matters more.
    await rm(part, { recursive: true, force: true }).catch(() => undefined)
  }
}

/** At once, whatever stood there. */
async function putInPlace(part: string, directory: string, replace: boolean): Promise<void> {
  const old = `${part}.old`
  const moved =
    replace &&
    (await rename(directory, old).then(
      () => true,
      () => false,
    ))
  await rename(part, directory).catch(async (error: unknown) => {
    if (moved) await rename(old, directory)
    throw error
  })
  await rm(old, { recursive: true, force: true })
}
