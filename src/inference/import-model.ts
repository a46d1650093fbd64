import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { asFailure, Failure } from '../failure.ts'
import type { CatalogueEntry } from '../model/catalogue.ts'
import { type Converted, convertCheckpoint } from '../model/convert-checkpoint.ts'
import { IMPORTED_FILES, importedCard, importedManifest } from '../model/imported-manifest.ts'
import type { Manifest } from '../model/manifest-schema.ts'
import { makeGolden } from './golden-cases.ts'
import { readManifest } from './installed-models.ts'
import { openModel } from './open-model.ts'

export type ImportOptions = {
  /** The checkpoint's path. */
  readonly path: string
  /** Where the models' folders are. */
  readonly folder: string
  readonly entry: CatalogueEntry
  readonly replace: boolean
  /** What the checkpoint must be, by its SHA-256. */
  readonly sha256?: string | undefined
}

export type Imported = { readonly directory: string; readonly manifest: Manifest } & Pick<
  Converted,
  'format' | 'architecture'
>

/** The largest published checkpoint has 94 MB. */
export const LARGEST_CHECKPOINT = 500_000_000

const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const json = (value: unknown) => Buffer.from(`${JSON.stringify(value, null, 2)}\n`)

async function readCheckpointFile(path: string): Promise<Buffer> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw new Failure('FILE_UNREADABLE', `${path}: there is no such file to read`, { cause })
  })
  if (size > LARGEST_CHECKPOINT)
    throw new Failure('MODEL_INVALID', `${path} has ${size} bytes: no checkpoint of ours has`)
  return readFile(path).catch((cause: unknown) => {
    throw new Failure('FILE_UNREADABLE', `${path} cannot be read`, { cause })
  })
}

/** @throws Failure USAGE when the model is there already, MODEL_INVALID when the checkpoint is another than expected */
async function admit({ folder, entry, replace, sha256: wanted }: ImportOptions, given: string): Promise<void> {
  if (wanted !== undefined && wanted.toLowerCase() !== given)
    throw new Failure('MODEL_INVALID', `the checkpoint has the SHA-256 ${given} instead of ${wanted}`)
  const installed = replace ? undefined : await readManifest(folder, entry.id)
  if (!installed) return
  const pinned = installed.checkpoint?.sha256
  throw new Failure(
    'USAGE',
    pinned === undefined || pinned === given
      ? `${entry.id} is imported already; --replace imports it anew`
      : `${entry.id} was imported from a checkpoint with the SHA-256 ${pinned}, this one has ${given}: ` +
          'find out why before you --replace it',
  )
}

async function write(directory: string, name: string, bytes: Uint8Array): Promise<void> {
  const file = await open(join(directory, name), 'wx', 0o644)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Writes all of the model but its golden cases into `directory`. What was read is not held on to. */
async function convert(directory: string, options: ImportOptions): Promise<Omit<Imported, 'directory'>> {
  const { path, entry } = options
  const bytes = await readCheckpointFile(path)
  const checkpoint = { file: basename(path), sha256: sum(bytes), bytes: bytes.length }
  await admit(options, checkpoint.sha256)
  const { model, classifier, saliency, format, architecture } = convertCheckpoint(bytes, entry)
  const sums = { model: sum(model), classifier: sum(classifier), saliency: sum(saliency) }
  const manifest = importedManifest(entry, checkpoint, sums)
  await mkdir(directory, { recursive: true })
  await write(directory, IMPORTED_FILES.model, model)
  await write(directory, IMPORTED_FILES.classifier, classifier)
  await write(directory, IMPORTED_FILES.saliency, saliency)
  await write(directory, IMPORTED_FILES.card, Buffer.from(importedCard(entry, manifest)))
  await write(directory, 'manifest.json', json(manifest))
  return { manifest, format, architecture }
}

/** Puts the finished folder in its place at once, whatever stood there. */
async function install(part: string, directory: string, replace: boolean): Promise<void> {
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

/**
 * Makes a model of the node's own out of a PyTorch checkpoint. It appears as a whole or not at all.
 * @throws Failure FILE_UNREADABLE, MODEL_INVALID, STORAGE_FAILED, USAGE
 */
export async function importModel(options: ImportOptions): Promise<Imported> {
  const { folder, entry, replace } = options
  const directory = join(folder, entry.id)
  const part = join(folder, `.import-${entry.id}-${randomUUID()}`)
  try {
    const converted = await convert(part, options)
    await using model = await openModel({ directory: part, children: 1 })
    await write(part, IMPORTED_FILES.golden, json(await makeGolden(model)))
    await install(part, directory, replace)
    return { directory, ...converted }
  } catch (error) {
    throw asFailure(error, 'STORAGE_FAILED')
  } finally {
    await rm(part, { recursive: true, force: true })
  }
}
