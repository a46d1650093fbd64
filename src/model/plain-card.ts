import type { Manifest } from './manifest-schema.ts'

const list = (names: readonly string[]) => names.join(', ') || 'none'

/** What a manifest alone says of a model, as CARD.md. */
export function plainCard(manifest: Manifest): string {
  const { id, version, name, intendedUse, licence, provenance, labels, intended, caveats = [], performance } = manifest
  const named = (wanted: (label: Manifest['labels'][number]) => boolean) =>
    labels.filter(wanted).map((label) => label.name)
  const figures = Object.entries(performance?.auroc ?? {}).map(
    ([label, auroc]) => `- ${label}: AUROC ${auroc.toFixed(2)}`,
  )
  return [
    `# ${id} ${version}`,
    '',
    `**${intendedUse}** Not a medical device.`,
    '',
    `${name}. ${provenance}. Licence: ${licence}.`,
    '',
    `Findings: ${list(named(({ operatingPoint, defaultOff }) => operatingPoint !== undefined && !defaultOff))}.`,
    `Left out of all results: ${list(named(({ operatingPoint, defaultOff }) => operatingPoint === undefined || defaultOff === true))}.`,
    ...(intended?.views ? [`Views: ${list(intended.views)}.`] : []),
    ...(intended?.ages ? [`Ages: ${intended.ages.join(' to ')}.`] : []),
    ...caveats.map(({ text }) => `- ${text}`),
    '',
    '## Figures',
    '',
    performance?.testSet ?? 'No figures are known here.',
    ...figures,
    '',
  ].join('\n')
}
