import { createHash } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asFailure } from '../failure.ts'
import { type Distribution, encodeDistribution, fitDistribution, type Samples } from '../model/distribution.ts'
import { parseManifest } from '../model/manifest.ts'

async function put(path: string, text: string): Promise<void> {
  await writeFile(`${path}.part`, text)
  await rename(`${path}.part`, path)
}

/** The file is named for its content, so that the manifest changes from one that is whole to another that is. */
async function install(directory: string, text: string): Promise<void> {
  const sha256 = createHash('sha256').update(text).digest('hex')
  const file = `distribution-${sha256.slice(0, 8)}.json`
  const path = join(directory, 'manifest.json')
  const before = await readFile(path, 'utf8')
  const manifest: object = JSON.parse(before)
  const changed = `${JSON.stringify({ ...manifest, distribution: { file, sha256 } }, null, 2)}\n`
  parseManifest(changed)
  await put(join(directory, file), text)
  await put(path, changed)
  const old = parseManifest(before).distribution?.file
  if (old !== undefined && old !== file) await rm(join(directory, old), { force: true })
}

/**
 * Fits a model's distribution to the pooled features of images it knows; puts it into its folder and manifest.
 * @throws Failure USAGE when they are too few, MODEL_INVALID, STORAGE_FAILED
 */
export async function fitModel(directory: string, samples: Samples, quantile: number): Promise<Distribution> {
  const distribution = fitDistribution(samples, quantile)
  await install(directory, encodeDistribution(distribution)).catch((error: unknown) => {
    throw asFailure(error, 'STORAGE_FAILED')
  })
  return distribution
}
