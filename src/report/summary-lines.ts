import type { Caveat } from '../study/caveat.ts'
import type { Finding, ModelIdentity } from '../study/finding.ts'
import type { Replaced } from './result-input.ts'
import { cautions, caveatText, displayName, NOT_EXCLUDED, NOT_REVIEWED, positivesOf, replacesText } from './wording.ts'

/** What a result says in short. The cautions come first: some viewers show only the beginning. */
export function summaryLines(
  findings: readonly Finding[],
  caveats: readonly Caveat[],
  model: ModelIdentity,
  replaces: readonly Replaced[] = [],
): readonly string[] {
  const names = positivesOf(findings).map(({ label }) => displayName(label))
  return [
    `${cautions(model).join('. ')}. ${NOT_REVIEWED}`,
    `At or above operating point: ${names.join(', ') || 'none'}.`,
    ...caveats.map(caveatText),
    NOT_EXCLUDED,
    ...replaces.map(replacesText),
    model.intendedUse,
  ]
}
