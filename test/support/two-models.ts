import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { ModelRule } from '../../src/analyse/choose-models.ts'
import { importOnnx } from '../../src/inference/import-onnx.ts'
import { temporaryFolder } from './needs.ts'

const THIRD_PARTY = new URL('../fixtures/third-party', import.meta.url).pathname
const OWN = new URL('../../models/phantom-densenet', import.meta.url).pathname

const made = new Map<string, Promise<string>>()
afterAll(async () => {
  for (const folder of made.values()) await rm(await folder, { recursive: true, force: true })
})

/** A folder with the default model and somebody else's, of which its manifest is changed like this; one for all of a file. */
async function makeModels(manifest: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mcads-test-'))
  await cp(OWN, join(folder, 'phantom-densenet'), { recursive: true })
  const theirs = await temporaryFolder()
  await cp(THIRD_PARTY, theirs, { recursive: true })
  const manifestPath = join(theirs, 'manifest.json')
  const whole = { ...JSON.parse(await readFile(manifestPath, 'utf8')), ...manifest }
  await writeFile(manifestPath, JSON.stringify(whole))
  const files = { path: join(theirs, 'model.onnx'), manifestPath }
  await importOnnx({ ...files, folder, replace: false })
  return folder
}

/** The environment of a node with these models, chosen by the rules. */
export async function twoModels(rules: ModelRule[], manifest = {}): Promise<Record<string, string>> {
  const key = JSON.stringify(manifest)
  const folder = made.get(key) ?? makeModels(manifest)
  made.set(key, folder)
  return { MCADS_MODEL__DIRECTORY: await folder, MCADS_MODELS__RULES: JSON.stringify(rules) }
}
