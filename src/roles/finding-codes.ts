import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Config } from '../config/schema.ts'
import { Failure } from '../failure.ts'
import type { Manifest } from '../model/manifest-schema.ts'
import { parseFindingCodes } from '../report/finding-codes.ts'
import type { FindingCodes } from '../study/finding.ts'

// The same distance from src/roles and from dist/roles.
const CODES = new URL('../../config/codes.json', import.meta.url)

async function readSiteCodes(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', `report.codes: ${path} cannot be read`, { cause })
  }
}

/**
 * How a model's findings are coded, the site's own codes before the node's, and the hash of all settings that a result
 * depends on.
 * @throws Failure CONFIG_INVALID naming all faults
 */
export async function readFindingCodes(
  { report, quality }: Config,
  { labels, intended, caveats }: Pick<Manifest, 'labels'> & Partial<Pick<Manifest, 'intended' | 'caveats'>>,
): Promise<{ codes: FindingCodes; configHash: string }> {
  const texts = [await readFile(CODES, 'utf8')]
  if (report.codes !== undefined) texts.push(await readSiteCodes(report.codes))
  const names = labels.map(({ name }) => name)
  const hash = createHash('sha256')
  for (const text of texts) hash.update(text)
  hash.update(JSON.stringify([Object.entries(quality).sort(), intended, caveats]))
  return { codes: parseFindingCodes(texts, names), configHash: hash.digest('hex') }
}
