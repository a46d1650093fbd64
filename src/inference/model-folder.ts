import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { asFailure, Failure } from '../failure.ts'

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

/** A new file of a model, synced. */
export async function writeModelFile(directory: string, name: string, bytes: Uint8Array): Promise<void> {
  const file = await open(join(directory, name), 'wx', 0o644)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
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
  const part = join(folder, `.import-${id}-${randomUUID()}`)
  try {
    await mkdir(part, { recursive: true })
    const made = await make(part)
    await putInPlace(part, directory, replace)
    return { ...made, directory }
  } catch (error) {
    throw asFailure(error, 'STORAGE_FAILED')
  } finally {
    await rm(part, { recursive: true, force: true })
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
