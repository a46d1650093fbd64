import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Config } from '../config/schema.ts'
import { Failure } from '../failure.ts'
import { parseManifest } from '../model/manifest.ts'

// The same distance from src/roles and from dist/roles.
const OWN_MODELS = fileURLToPath(new URL('../../models/', import.meta.url))

/** Where the models' folders are. */
export const modelsFolder = ({ model }: Config): string => model.directory ?? OWN_MODELS

/** The folder of the configured model. */
export const modelDirectory = (config: Config): string => join(modelsFolder(config), config.model.id)

/**
 * With a database of its own the node is taken for production: a model that knows simulated radiographs only must be allowed.
 * @throws Failure MODEL_INVALID
 */
export async function refuseDemonstration(config: Config): Promise<void> {
  if (config.database.url === undefined || config.model.allowDemonstration) return
  const manifest = await readFile(join(modelDirectory(config), 'manifest.json'), 'utf8').catch((cause: unknown) => {
    throw new Failure('MODEL_INVALID', `there is no model ${config.model.id} in ${modelDirectory(config)}`, { cause })
  })
  if (parseManifest(manifest).demonstration)
    throw new Failure(
      'MODEL_INVALID',
      `model ${config.model.id} knows simulated radiographs only and database.url is set: ` +
        'configure another model, or set model.allowDemonstration: true to try the node with it',
    )
}
