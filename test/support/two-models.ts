import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelRule } from '../../src/analyse/choose-models.ts'
import { importOnnx } from '../../src/inference/import-onnx.ts'
import { temporaryFolder } from './needs.ts'

const THIRD_PARTY = new URL('../fixtures/third-party', import.meta.url).pathname
const OWN = new URL('../../models/phantom-densenet', import.meta.url).pathname

/** The environment of a node with the default model and somebody else's, of which its manifest is changed like this. */
export async function twoModels(rules: ModelRule[], manifest = {}): Promise<Record<string, string>> {
  const folder = await temporaryFolder()
  await cp(OWN, join(folder, 'phantom-densenet'), { recursive: true })
  const theirs = await temporaryFolder()
  await cp(THIRD_PARTY, theirs, { recursive: true })
  const manifestPath = join(theirs, 'manifest.json')
  const whole = { ...JSON.parse(await readFile(manifestPath, 'utf8')), ...manifest }
  await writeFile(manifestPath, JSON.stringify(whole))
  const files = { path: join(theirs, 'model.onnx'), manifestPath }
  await importOnnx({ ...files, folder, replace: false })
  return { MCADS_MODEL__DIRECTORY: folder, MCADS_MODELS__RULES: JSON.stringify(rules) }
}
