import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Config } from '../config/schema.ts'
import { Failure } from '../failure.ts'
import type { Manifest } from '../model/manifest-schema.ts'
import type { Label } from '../model/score.ts'
import { parseFindingCodes } from '../report/finding-codes.ts'
import type { ExplanationMethod } from '../study/explanation.ts'
import type { FindingCode, FindingCodes } from '../study/finding.ts'

// The same distance from src/roles and from dist/roles.
const CODES = new URL('../../config/codes.json', import.meta.url)

async function readSiteCodes(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', `report.codes: ${path} cannot be read`, { cause })
  }
}

type Coded = Pick<Manifest, 'intended' | 'caveats' | 'distribution'> & {
  readonly labels: readonly (Label & { readonly code?: FindingCode | undefined })[]
}

/**
 * How a model's findings are coded (the site's own codes before the node's, those before the manifest's), and the hash of
 * all settings that a result depends on.
 * @throws Failure CONFIG_INVALID naming all faults
 */
export async function readFindingCodes(
  { report, quality }: Config,
  { labels, intended, caveats, distribution }: Coded,
  explanation: ExplanationMethod,
): Promise<{ codes: FindingCodes; configHash: string }> {
  const texts = [await readFile(CODES, 'utf8')]
  if (report.codes !== undefined) texts.push(await readSiteCodes(report.codes))
  const own = Object.fromEntries(labels.flatMap(({ name, code }) => (code ? [[name, code]] : [])))
  const inResults = labels.filter(({ operatingPoint, defaultOff }) => operatingPoint !== undefined && !defaultOff)
  const names = inResults.map(({ name }) => name).filter((name) => !Object.hasOwn(own, name))
  const hash = createHash('sha256')
  for (const text of texts) hash.update(text)
  hash.update(JSON.stringify([Object.entries(quality).sort(), intended, caveats, distribution, explanation, own]))
  return { codes: { ...own, ...parseFindingCodes(texts, names) }, configHash: hash.digest('hex') }
}
