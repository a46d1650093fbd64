import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Manifest } from '../model/manifest-schema.ts'
import { parseFindingCodes } from '../report/finding-codes.ts'
import type { FindingCodes } from '../study/finding.ts'
import type { Policies } from '../study/quality.ts'

// The same distance from src/roles and from dist/roles.
const CODES = new URL('../../config/codes.json', import.meta.url)

/**
 * How a model's findings are coded, and the hash of all settings that a result depends on.
 * @throws Failure CONFIG_INVALID
 */
export async function readFindingCodes(
  { labels, intended, caveats }: Manifest,
  policies: Policies,
): Promise<{ codes: FindingCodes; configHash: string }> {
  const text = await readFile(CODES, 'utf8')
  const names = labels.map(({ name }) => name)
  const settings = JSON.stringify([Object.entries(policies).sort(), intended, caveats])
  const configHash = createHash('sha256').update(text).update(settings).digest('hex')
  return { codes: parseFindingCodes(text, names), configHash }
}
