import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Manifest } from '../model/manifest-schema.ts'
import { parseFindingCodes } from '../report/finding-codes.ts'
import type { FindingCodes } from '../study/finding.ts'

// The same distance from src/roles and from dist/roles.
const CODES = new URL('../../config/codes.json', import.meta.url)

/** How a model's findings are coded, and the hash of what says so. @throws Failure CONFIG_INVALID */
export async function readFindingCodes({ labels }: Manifest): Promise<{ codes: FindingCodes; configHash: string }> {
  const text = await readFile(CODES, 'utf8')
  const names = labels.map(({ name }) => name)
  return { codes: parseFindingCodes(text, names), configHash: createHash('sha256').update(text).digest('hex') }
}
