import type { CatalogueEntry } from '../model/catalogue.ts'
import type { Converted } from '../model/convert-checkpoint.ts'
import { IMPORTED_FILES } from '../model/imported-manifest.ts'
import type { Manifest } from '../model/manifest-schema.ts'
import { openChildPool } from './child-pool.ts'
import { makeGolden } from './golden-cases.ts'
import { installModel, jsonBytes, writeModelFile } from './model-folder.ts'
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

/** `directory` is where the model is made. */
export type Conversion = ImportOptions & { readonly directory: string }
export type ConvertedModel = { readonly manifest: Manifest } & Pick<Converted, 'format' | 'architecture'>
export type Imported = ConvertedModel & { readonly directory: string }

/** A checkpoint comes from outside, and is several times in memory while it is converted: both end with the child. */
async function convert(conversion: Conversion): Promise<ConvertedModel> {
  await using pool = openChildPool<Conversion, ConvertedModel>({
    entry: new URL('./convert-child.ts', import.meta.url),
    setup: undefined,
    size: 1,
    startTimeoutMs: 120_000,
    jobTimeoutMs: 600_000,
    maxRssBytes: 0,
  })
  return await pool.run(conversion)
}

/**
 * Makes a model of a published checkpoint: it appears among the models whole, once it has run, or not at all.
 * @throws Failure FILE_UNREADABLE, MODEL_INVALID, USAGE, STORAGE_FAILED; CHILD_DIED, CHILD_TIMED_OUT
 */
export const importModel = (options: ImportOptions): Promise<Imported> =>
  installModel({ ...options, id: options.entry.id }, async (part) => {
    const made = await convert({ ...options, directory: part })
    await using model = await openModel({ directory: part, children: 1 })
    await writeModelFile(part, IMPORTED_FILES.golden, jsonBytes(await makeGolden(model)))
    return made
  })
