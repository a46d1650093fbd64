import { basename } from 'node:path'
import { Failure } from '../failure.ts'
import { convertCheckpoint } from '../model/convert-checkpoint.ts'
import { IMPORTED_FILES, importedCard, importedManifest } from '../model/imported-manifest.ts'
import type { Conversion, ConvertedModel, ImportOptions } from './import-model.ts'
import { readManifest } from './installed-models.ts'
import { jsonBytes, readWeights, sha256Of, writeModelFile } from './model-folder.ts'
import { serveJobs } from './serve-jobs.ts'

serveJobs<undefined, Conversion, ConvertedModel>(async () => convert, 'STORAGE_FAILED')

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

/** Writes all of the model but its golden cases into `directory`. */
async function convert(options: Conversion): Promise<ConvertedModel> {
  const { path, entry, directory } = options
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
