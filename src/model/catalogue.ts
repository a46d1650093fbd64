import type { Manifest } from './manifest-schema.ts'
import type { Label } from './score.ts'

/** TorchXRayVision's release of weights. */
export const RELEASE_URL = 'https://github.com/mlmed/torchxrayvision/releases/download/v1/'

/** The labels of every model of the family, in the order of their outputs. */
export const XRV_LABELS = [
  ...['Atelectasis', 'Consolidation', 'Infiltration', 'Pneumothorax', 'Edema', 'Emphysema', 'Fibrosis', 'Effusion'],
  ...['Pneumonia', 'Pleural_Thickening', 'Cardiomegaly', 'Nodule', 'Mass', 'Hernia', 'Lung Lesion', 'Fracture'],
  ...['Lung Opacity', 'Enlarged Cardiomediastinum'],
] as const

type XrvLabel = (typeof XRV_LABELS)[number]

/** A published model: what its checkpoint does not say. */
export type CatalogueEntry = {
  readonly id: string
  readonly name: string
  /** The checkpoint's name in the release. */
  readonly file: string
  readonly trainedOn: string
  readonly size: number
  readonly family: 'densenet' | 'resnet'
  readonly blocks: readonly number[]
  readonly labels: readonly Label[]
  readonly performance?: Manifest['performance']
}

const NONE = undefined

type Thresholds = readonly (number | undefined)[]

/** Untrained outputs have no threshold; `off` are those that a model is known to be no use for. */
const labelled = (thresholds: Thresholds, off: readonly XrvLabel[] = []): Label[] =>
  XRV_LABELS.map((name, index) => {
    const operatingPoint = thresholds[index]
    return {
      name,
      ...(operatingPoint !== undefined && { operatingPoint }),
      ...(off.includes(name) && { defaultOff: true }),
    }
  })

const densenet = (set: string, release: string, trainedOn: string, labels: Label[]): CatalogueEntry => ({
  id: `densenet121-res224-${set}`,
  name: `TorchXRayVision DenseNet-121 (${set})`,
  file: `${release}-densenet121-d121-tw-lr001-rot45-tr15-sc15-seed0-best.pt`,
  ...{ trainedOn, labels, size: 224, family: 'densenet', blocks: [6, 12, 24, 16] },
})

/**
 * The ResNet's thresholds as published. They were fitted to sigmoid(sigmoid(logit)), which lies between 0.5 and 0.73, but
 * are compared with sigmoid(logit): hardly any finding ever reaches them.
 */
export const RESNET_PUBLISHED_THRESHOLDS: Thresholds = [
  ...[0.51570356, 0.50444704, 0.53787947, 0.50723547, 0.5025118, 0.5035252, 0.5038076, 0.51862943, 0.5078151],
  ...[0.50724894, 0.5056339, 0.510706, 0.5053923, 0.5020846, NONE, 0.5080557, 0.5138526, NONE],
]

/** sigmoid(sigmoid(z)) ≥ t exactly when sigmoid(z) ≥ logit(t): the threshold that was meant. */
export const undoSigmoid = (threshold: number): number => Math.log(threshold / (1 - threshold))

// biome-ignore format: one model a paragraph, thresholds in the labels' order
const THRESHOLDS = {
  all: [0.07422872, 0.038290843, 0.09814756, 0.0098118475, 0.023601074, 0.0022490358, 0.010060724, 0.103246614,
    0.056810737, 0.026791653, 0.050318155, 0.023985857, 0.01939503, 0.042889766, 0.053369623, 0.035975814, 0.20204692,
    0.05015312],
  nih: [0.039117552, 0.0034529066, 0.11396341, 0.0057298196, 0.00045666535, 0.0018880932, 0.012037827, 0.038744126,
    0.0037213727, 0.014730946, 0.016149804, 0.054241467, 0.037198864, 0.0004403434, NONE, NONE, NONE, NONE],
  pc: [0.031012505, 0.013347598, 0.081435576, 0.001262615, 0.002587246, 0.0035944257, 0.0023071, 0.055412333,
    0.044385884, 0.042766232, 0.043258056, 0.037629247, 0.005658899, 0.0091741895, NONE, 0.026507627, NONE, NONE],
  chex: [0.1988969, 0.05710573, NONE, 0.0531293, 0.1435217, NONE, NONE, 0.27212676, 0.07749717, NONE, 0.19712369, NONE,
    NONE, NONE, 0.09932402, 0.09273402, 0.3270967, 0.10888247],
  rsna: [NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 0.13486601, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    0.13511065, NONE],
  mimic_nb: [0.08558747, 0.011884617, NONE, 0.0040595434, 0.010733786, NONE, NONE, 0.118761964, 0.022924708, NONE,
    0.06358637, NONE, NONE, NONE, 0.022143636, 0.017476924, 0.1258702, 0.014020768],
  mimic_ch: [0.09121389, 0.010573786, NONE, 0.005023008, 0.003698257, NONE, NONE, 0.08001232, 0.037242252, NONE,
    0.05006329, NONE, NONE, NONE, 0.019866971, 0.03823637, 0.11303808, 0.0069147074],
} as const

/** No better than chance on BRAX. */
const OFF: readonly XrvLabel[] = ['Fracture', 'Lung Lesion']
const ALL_SETS = 'NIH ChestX-ray14, PadChest, CheXpert, MIMIC-CXR, Google, OpenI and RSNA'

/** densenet121-res224-all on a set it was not trained on; figures on NIH images would be on training data. */
const BRAX: Manifest['performance'] = {
  auroc: {
    ...{
      Cardiomegaly: 0.84,
      Effusion: 0.81,
      Pneumothorax: 0.76,
      Atelectasis: 0.71,
      Pneumonia: 0.69,
      Consolidation: 0.63,
    },
    ...{ 'Lung Opacity': 0.66, Fracture: 0.55, 'Lung Lesion': 0.43 },
  },
  interval: {
    ...{ Cardiomegaly: [0.83, 0.85], Effusion: [0.79, 0.83], Pneumothorax: [0.63, 0.86], Atelectasis: [0.7, 0.73] },
    ...{ Pneumonia: [0.67, 0.72], Consolidation: [0.61, 0.65] },
  },
  testSet: 'BRAX, 18 424 frontal studies, external; macro AUROC PA 0.75, AP 0.58, ages 0 to 4 0.56, 85 and over 0.42',
}

/** The models that TorchXRayVision publishes, by the names it gives them. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    ...densenet('all', 'nih-pc-chex-mimic_ch-google-openi-kaggle', ALL_SETS, labelled(THRESHOLDS.all, OFF)),
    performance: BRAX,
  },
  densenet('nih', 'nih', 'NIH ChestX-ray14', labelled(THRESHOLDS.nih)),
  densenet('pc', 'pc', 'PadChest', labelled(THRESHOLDS.pc)),
  densenet('chex', 'chex', 'CheXpert', labelled(THRESHOLDS.chex)),
  densenet('rsna', 'kaggle', 'the RSNA Pneumonia Challenge', labelled(THRESHOLDS.rsna)),
  densenet('mimic_nb', 'mimic_nb', 'MIMIC-CXR, labelled by NegBio', labelled(THRESHOLDS.mimic_nb)),
  densenet('mimic_ch', 'mimic_ch', 'MIMIC-CXR, labelled by CheXpert', labelled(THRESHOLDS.mimic_ch)),
  {
    id: 'resnet50-res512-all',
    name: 'TorchXRayVision ResNet-50 (all)',
    file: 'pc-nih-rsna-siim-vin-resnet50-test512-e400-state.pt',
    trainedOn: 'PadChest, NIH ChestX-ray14, RSNA, SIIM and VinBrain',
    ...{ size: 512, family: 'resnet', blocks: [3, 4, 6, 3] },
    labels: labelled(RESNET_PUBLISHED_THRESHOLDS.map((t) => (t === undefined ? NONE : undoSigmoid(t)))),
  },
]
