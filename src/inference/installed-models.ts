import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asFailure, errorCode, Failure } from '../failure.ts'
import { parseManifest } from '../model/manifest.ts'
import type { Manifest } from '../model/manifest-schema.ts'

export type InstalledModel = { readonly id: string } & (
  | { readonly manifest: Manifest }
  | { readonly manifest?: never; readonly fault: string }
)

const isMissing = (error: unknown) => errorCode(error) === 'ENOENT'

/** The manifest of one model; undefined when there is none. @throws Failure MODEL_INVALID */
export async function readManifest(folder: string, id: string): Promise<Manifest | undefined> {
  try {
    return parseManifest(await readFile(join(folder, id, 'manifest.json'), 'utf8'))
  } catch (error) {
    if (isMissing(error)) return undefined
    throw asFailure(error, 'MODEL_INVALID')
  }
}

/** Every folder that has a manifest, by name; a broken one says what is wrong. @throws Failure MODEL_INVALID */
export async function listInstalledModels(folder: string): Promise<InstalledModel[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    if (isMissing(cause)) return []
    throw new Failure('MODEL_INVALID', `the models' folder ${folder} cannot be read`, { cause })
  })
  const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name)
  const models: InstalledModel[] = []
  for (const id of names.sort()) {
    try {
      const manifest = await readManifest(folder, id)
      if (manifest) models.push({ id, manifest })
    } catch (error) {
      models.push({ id, fault: asFailure(error, 'MODEL_INVALID').message })
    }
  }
  return models
}
