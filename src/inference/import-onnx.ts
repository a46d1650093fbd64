import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Failure } from '../failure.ts'
import { goldenFiles } from '../model/golden.ts'
import { IMPORTED_FILES } from '../model/imported-manifest.ts'
import { type ManifestDraft, parseDraft, parseManifest } from '../model/manifest.ts'
import type { Manifest } from '../model/manifest-schema.ts'
import { buildSaliency } from '../model/onnx/saliency.ts'
import { plainCard } from '../model/plain-card.ts'
import { tensorShape } from '../model/prepare-tensor.ts'
import { makeGolden, repeatGolden } from './golden-cases.ts'
import { readManifest } from './installed-models.ts'
import { installModel, jsonBytes, readWeights, sha256Of, writeModelFile } from './model-folder.ts'
import { openModel } from './open-model.ts'

export type OnnxImport = {
  /** The ONNX file, and the manifest that describes it. */
  readonly path: string
  readonly manifestPath: string
  /** Where the models' folders are. */
  readonly folder: string
  readonly replace: boolean
  readonly sha256?: string | undefined
}

export type ImportedOnnx = {
  readonly directory: string
  readonly manifest: Manifest
  /** Why there is no PLI graph, where there is none. */
  readonly withoutSaliency?: string | undefined
}

/** A file that the manifest names, from beside it. */
const beside = (options: OnnxImport, file: string) => readWeights(join(dirname(options.manifestPath), file))

async function admit({ folder, replace, sha256 }: OnnxImport, draft: ManifestDraft, given: string): Promise<void> {
  for (const wanted of [sha256, draft.sha256])
    if (wanted !== undefined && wanted !== given)
      throw new Failure('MODEL_INVALID', `the model has the SHA-256 ${given} instead of ${wanted}`)
  if (!replace && (await readManifest(folder, draft.id)))
    throw new Failure('USAGE', `${draft.id} is installed already; --replace puts this one in its place`)
}

/** The given PLI graph, or one made of the model where all of it is understood; else why not. */
async function saliencyOf(options: OnnxImport, draft: ManifestDraft, onnx: Buffer): Promise<Uint8Array | string> {
  if (draft.saliency) return beside(options, draft.saliency.file)
  const { input, outputs, explanation } = draft
  try {
    return buildSaliency(onnx, { input: input.name, scores: outputs.labels, shape: tensorShape(input) })
  } catch (error) {
    if (!(error instanceof Failure) || explanation === 'pli') throw error
    return error.message
  }
}

/** Writes all of the model but what it answers into `directory`. */
async function write(
  directory: string,
  options: OnnxImport,
  draft: ManifestDraft,
): Promise<Omit<ImportedOnnx, 'directory'>> {
  const onnx = await readWeights(options.path)
  await admit(options, draft, sha256Of(onnx))
  const saliency = await saliencyOf(options, draft, onnx)
  const { classifier } = draft.gradCam ?? {}
  const manifest = parseManifest(
    JSON.stringify({
      ...draft,
      ...{ $schema: undefined, file: IMPORTED_FILES.model, sha256: sha256Of(onnx) },
      ...(typeof saliency !== 'string' && {
        saliency: { file: IMPORTED_FILES.saliency, sha256: sha256Of(saliency) },
      }),
      golden: { file: IMPORTED_FILES.golden },
      checkpoint: { file: basename(options.path), sha256: sha256Of(onnx), bytes: onnx.length },
    }),
  )
  await writeModelFile(directory, manifest.file, onnx)
  if (classifier) await writeModelFile(directory, classifier.file, await beside(options, classifier.file))
  if (typeof saliency !== 'string') await writeModelFile(directory, IMPORTED_FILES.saliency, saliency)
  await writeModelFile(directory, IMPORTED_FILES.card, await cardOf(options, manifest))
  await writeModelFile(directory, 'manifest.json', jsonBytes(manifest))
  return { manifest, ...(typeof saliency === 'string' && { withoutSaliency: saliency }) }
}

/** The card that lies beside the given manifest, or a plain one. */
const cardOf = (options: OnnxImport, manifest: Manifest): Promise<Buffer> =>
  readFile(join(dirname(options.manifestPath), IMPORTED_FILES.card)).catch(() => Buffer.from(plainCard(manifest)))

/** What the model is to answer: as given with it, and then it must; or as it answers now. */
async function settleGolden(part: string, options: OnnxImport, draft: ManifestDraft): Promise<void> {
  await using model = await openModel({ directory: part, children: 1 })
  if (!draft.golden) return writeModelFile(part, IMPORTED_FILES.golden, jsonBytes(await makeGolden(model)))
  const given = await beside(options, draft.golden.file)
  await writeModelFile(part, IMPORTED_FILES.golden, given)
  for (const file of goldenFiles(given.toString('utf8'))) await writeModelFile(part, file, await beside(options, file))
  const wrong = (await repeatGolden(model, part)).filter(({ ok }) => !ok)
  if (wrong.length > 0)
    throw new Failure(
      'MODEL_INVALID',
      `the model does not answer as its golden cases say: ${wrong.map(({ name, difference }) => `${name} is ${difference.toExponential(1)} off`).join(', ')}`,
    )
}

/**
 * Installs any classifier that is ONNX, as its manifest describes it: it appears among the models whole, once it has run
 * and answered, or not at all.
 * @throws Failure FILE_UNREADABLE, MODEL_INVALID, USAGE, STORAGE_FAILED
 */
export async function importOnnx(options: OnnxImport): Promise<ImportedOnnx> {
  const text = await readFile(options.manifestPath, 'utf8').catch((cause: unknown) => {
    throw new Failure('FILE_UNREADABLE', `${options.manifestPath}: there is no such file to read`, { cause })
  })
  const draft = parseDraft(text)
  return installModel({ ...options, id: draft.id }, async (part) => {
    const made = await write(part, options, draft)
    await settleGolden(part, options, draft)
    return made
  })
}
