import type { CatalogueEntry } from './catalogue.ts'
import type { Manifest } from './manifest-schema.ts'
import { PORTS } from './onnx/network.ts'

/** The files of an imported model, in its folder. */
export const IMPORTED_FILES = {
  model: 'model.onnx',
  classifier: 'classifier.f32',
  saliency: 'saliency.onnx',
  golden: 'golden.json',
  card: 'CARD.md',
} as const

const INTENDED_USE =
  'Research on frontal chest radiographs of adults. Not cleared for any clinical use; not for children, not for diagnosis.'

const INTENDED: Manifest['intended'] = { views: ['PA', 'AP'], ages: [18, 120] }

/** As far as is known of one of the family on a set that none was trained on (BRAX, 18 424 frontal studies). */
const CAVEATS: Manifest['caveats'] = [
  {
    code: 'VIEW_AP',
    views: ['AP'],
    text: 'AP view: less reliable. densenet121-res224-all on BRAX: macro AUROC .58 on AP, .75 on PA views.',
  },
  {
    code: 'AGE_0_TO_4',
    ages: [0, 4],
    text: 'Young child: hardly better than chance. densenet121-res224-all on BRAX, ages 0 to 4: macro AUROC .56.',
  },
  {
    code: 'AGE_85_AND_OVER',
    ages: [85, 150],
    text: 'Very old patient: no better than chance. densenet121-res224-all on BRAX, ages 85 and over: macro AUROC .42.',
  },
]

type Sums = { readonly model: string; readonly classifier: string; readonly saliency: string }
type Checkpoint = NonNullable<Manifest['checkpoint']>

const xrvInput = (size: number): Manifest['input'] => ({
  ...{ name: PORTS.input, layout: 'NCHW', channels: 1, size, fit: 'crop', resampling: 'gaussian', profile: 'xrv' },
})

/** The manifest of an imported model; `sums` are the SHA-256 of its files. */
export function importedManifest(entry: CatalogueEntry, checkpoint: Checkpoint, sums: Sums): Manifest {
  const { id, name, size, family, trainedOn, labels, performance } = entry
  return {
    ...{ id, name, version: `v1+${checkpoint.sha256.slice(0, 8)}`, manufacturer: 'TorchXRayVision' },
    ...{ demonstration: false, intendedUse: INTENDED_USE, intended: INTENDED, caveats: CAVEATS, licence: 'Apache-2.0' },
    ...{ file: IMPORTED_FILES.model, sha256: sums.model },
    provenance: `TorchXRayVision's release v1, trained on ${trainedOn}`,
    input: xrvInput(size),
    outputs: { labels: PORTS.logits, features: PORTS.features, activation: 'logits' },
    gradCam: { classifier: { file: IMPORTED_FILES.classifier, sha256: sums.classifier }, relu: family === 'densenet' },
    saliency: { file: IMPORTED_FILES.saliency, sha256: sums.saliency },
    ...{ explanation: 'grad-cam', labels: labels.map((label) => ({ ...label })) },
    ...(performance && { performance }),
    golden: { file: IMPORTED_FILES.golden },
    checkpoint,
  }
}

const percent = (value: number) => value.toFixed(2).replace(/^0/, '')

function figures({ performance }: CatalogueEntry): string[] {
  if (!performance) return ['No figures on a set it was not trained on are known here.']
  const rows = Object.entries(performance.auroc).map(([label, value]) => {
    const interval = performance.interval?.[label]
    return `| ${label} | ${percent(value)} | ${interval ? interval.map(percent).join(' to ') : ''} |`
  })
  return [`${performance.testSet ?? ''}.`, '', '| label | AUROC | 95 % |', '|---|---|---|', ...rows]
}

const RESNET_THRESHOLDS = [
  'The published operating points of this model were fitted to sigmoid(sigmoid(logit)) and are compared with',
  'sigmoid(logit), so that hardly any finding reaches them. Here t* = ln(t / (1 - t)) is used: sigmoid(logit) is at least',
  't* exactly when sigmoid(sigmoid(logit)) is at least t.',
]

/** What people should know of an imported model, as CARD.md. */
export function importedCard(entry: CatalogueEntry, { checkpoint, version, caveats = [] }: Manifest): string {
  const labels = (wanted: (label: CatalogueEntry['labels'][number]) => boolean) =>
    entry.labels.filter(wanted).map(({ name }) => name)
  const off = labels(({ defaultOff }) => defaultOff === true)
  const untrained = labels(({ operatingPoint }) => operatingPoint === undefined)
  return [
    `# ${entry.id} ${version}`,
    '',
    `**${INTENDED_USE}** Not a medical device.`,
    '',
    `${entry.name}, trained on ${entry.trainedOn}; Apache-2.0. Imported from ${checkpoint?.file},`,
    `SHA-256 ${checkpoint?.sha256}.`,
    '',
    'Scores are normalised so that 50 % is the operating point. They are no probabilities.',
    ...(off.length > 0
      ? ['', `Left out of all results, because the model is no use for them: ${off.join(', ')}.`]
      : []),
    ...(untrained.length > 0 ? ['', `Not trained, and therefore left out: ${untrained.join(', ')}.`] : []),
    ...(entry.family === 'resnet' ? ['', ...RESNET_THRESHOLDS] : []),
    '',
    '## Caveats that go with results',
    '',
    ...caveats.map(({ text }) => `- ${text}`),
    '',
    '## Figures',
    '',
    ...figures(entry),
    '',
  ].join('\n')
}
