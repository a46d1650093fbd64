import { basename } from 'node:path'
import { Failure } from '../failure.ts'
import type { CatalogueEntry } from '../model/catalogue.ts'
import { type Converted, convertCheckpoint } from '../model/convert-checkpoint.ts'
import { IMPORTED_FILES, importedCard, importedManifest } from '../model/imported-manifest.ts'
import type { Manifest } from '../model/manifest-schema.ts'
import { makeGolden } from './golden-cases.ts'
import { readManifest } from './installed-models.ts'
import { installModel, jsonBytes, readWeights, sha256Of, writeModelFile } from './model-folder.ts'
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

type Made = { readonly manifest: Manifest } & Pick<Converted, 'format' | 'architecture'>
export type Imported = Made & { readonly directory: string }

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

/** Writes all of the model but its golden cases into `directory`. What was read is not held on to. */
async function convert(directory: string, options: ImportOptions): Promise<Made> {
  const { path, entry } = options
  const bytes = await readWeights(path)
  const checkpoint = { file: basename(path), sha256: sha256Of(bytes), bytes: bytes.length }
  await admit(options, checkpoint.sha256)
  const { model, classifier, saliency, format, architecture } = convertCheckpoint(bytes, entry)
  const sums = { model: sha256Of(model), classifier: sha256Of(classifier), saliency: sha256Of(saliency) }
  const manifest = importedManifest(entry, checkpoint, sums)
  await writeModelFile(directory, IMPORTED_FILES.model, model)
  await writeModelFile(directory, IMPORTED_FILES.classifier, classifier)
  await writeModelFile(directory, IMPORTED_FILES.saliency, saliency)
  await writeModelFile(directory, IMPORTED_FILES.card, Buffer.from(importedCard(entry, manifest)))
  await writeModelFile(directory, 'manifest.json', jsonBytes(manifest))
  return { manifest, format, architecture }
}

/**
 * Makes a model of a published checkpoint: it appears among the models whole, once it has run, or not at all.
 * @throws Failure FILE_UNREADABLE, MODEL_INVALID, USAGE, STORAGE_FAILED
 */
export const importModel = (options: ImportOptions): Promise<Imported> =>
  installModel({ ...options, id: options.entry.id }, async (part) => {
    const made = await convert(part, options)
    await using model = await openModel({ directory: part, children: 1 })
    await writeModelFile(part, IMPORTED_FILES.golden, jsonBytes(await makeGolden(model)))
    return made
  })
