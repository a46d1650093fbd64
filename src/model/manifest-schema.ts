import { z } from 'zod'
import { EXPLANATION_METHODS, type ExplanationMethod } from '../study/explanation.ts'

const text = z.string().trim().min(1)
/** A name inside the model's own folder: no way out of it. */
const fileName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, 'must be a plain file name')
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits, lower case')
const fraction = z.number().min(0).max(1)
const file = z.strictObject({ file: fileName, sha256 })
const idOfModel = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be lower-case letters, digits, dots, dashes and underscores')

const coded = (longest: number) =>
  z
    .string()
    .regex(/^[\x21-\x5b\x5d-\x7e]([\x20-\x5b\x5d-\x7e]*[\x21-\x5b\x5d-\x7e])?$/, 'must be ASCII without backslash')
    .max(longest)
const concept = z.strictObject({ value: coded(16), scheme: coded(16), meaning: coded(64) })

const label = z.strictObject({
  name: text.describe('how results name it'),
  operatingPoint: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe('the output from which the finding counts as present; without one the label is in no result'),
  trained: z.boolean().optional().describe('false: the output exists and means nothing'),
  defaultOff: z.literal(true).optional().describe('in no result: the model is known to be no use for it'),
  code: z
    .strictObject({ finding: concept, site: concept })
    .optional()
    .describe('how the finding and its site are coded in the SR; config/codes.json comes before it'),
})

const input = z.strictObject({
  name: text.describe('the ONNX input'),
  layout: z.enum(['NCHW', 'NHWC']).default('NCHW'),
  channels: z.union([z.literal(1), z.literal(3)]).default(1),
  size: z.int().min(16).max(2048).describe('rows, and columns'),
  fit: z
    .enum(['crop', 'pad', 'stretch'])
    .default('crop')
    .describe('how the image becomes a square: its centre, with black beside it, or out of proportion'),
  resampling: z
    .enum(['gaussian', 'triangle', 'linear'])
    .default('gaussian')
    .describe("scikit-image's with anti-aliasing, Pillow's bilinear, or OpenCV's (no anti-aliasing)"),
  profile: z
    .enum(['xrv', 'window', 'unit', 'min-max'])
    .describe(
      'stored values, black to white: -1024 to 1024 over all bits; 0 to 1 by the VOI window; over all bits; from the least to the most that occurs',
    ),
  mean: z.array(z.number()).optional().describe('subtracted, one for each channel'),
  std: z.array(z.number().positive()).optional().describe('divided by after that, one for each channel'),
})

const outputs = z.strictObject({
  labels: text.describe('the ONNX output with one number for each label'),
  features: text.optional().describe('the ONNX output with the last feature map, for Grad-CAM'),
  activation: z
    .enum(['logits', 'sigmoid', 'softmax', 'logits-softmax'])
    .default('logits')
    .describe(
      'what those numbers are: raw, each label by itself; after a sigmoid; after a softmax; raw, to go through a softmax',
    ),
})

const gradCam = z.strictObject({
  classifier: file.describe('labels x channels weights of the last layer, float32, little-endian, row-major'),
  relu: z.boolean().describe('whether a ReLU lies between the feature map and the pooling'),
})

/** How well the model does, and on what: for people. */
const performance = z.strictObject({
  macroAuroc: fraction.optional(),
  pointingAccuracy: fraction.optional(),
  auroc: z.record(z.string(), fraction),
  interval: z
    .record(z.string(), z.tuple([fraction, fraction]))
    .optional()
    .describe('95 % confidence intervals'),
  testSeeds: text.optional().describe('the test set: phantoms by seed'),
  testSet: text.optional().describe('the test set: a published one by name'),
})

const views = z
  .array(z.enum(['PA', 'AP']))
  .min(1)
  .optional()
const age = z.int().min(0).max(150)
const ages = z
  .tuple([age, age])
  .refine(([first, last]) => first <= last, 'the first age is the lower one')
  .optional()
  .describe('whole years, first and last')

/** Words that go with every result of such an image: with all that is given. */
const declaredCaveat = z.strictObject({
  code: z.string().regex(/^[A-Z][A-Z0-9_]{1,31}$/, 'must be capitals, digits and underscores'),
  views,
  ages,
  text: z.string().regex(/^[\x20-\x7e]{1,160}$/, 'must be printable ASCII, 160 characters at most'),
})

const manifestShape = {
  $schema: z.string().optional(),
  id: idOfModel,
  name: text,
  version: text,
  manufacturer: text,
  demonstration: z.boolean().describe('trained on simulated radiographs'),
  intendedUse: text,
  licence: text,
  provenance: text.describe('who made it, of what'),
  file: fileName.describe('the ONNX model'),
  sha256,
  input,
  outputs,
  gradCam: gradCam.optional().describe('what Grad-CAM needs beside the feature map'),
  saliency: file.optional().describe('guided back-propagation as an ONNX graph, for PLI'),
  distribution: file
    .optional()
    .describe('how the features of images it knows are spread, for telling that an image is unlike them'),
  explanation: z.enum(EXPLANATION_METHODS).describe('how heat maps are made unless a site says otherwise'),
  labels: z.array(label).min(1),
  intended: z.strictObject({ views, ages }).optional().describe('for which images, as far as attributes tell'),
  caveats: z.array(declaredCaveat).optional().describe('what a reader of results of such images must know'),
  performance: performance.optional(),
  golden: z.strictObject({ file: fileName }).optional().describe('inputs, and what the model answers to them'),
  checkpoint: z
    .strictObject({ file: text, sha256, bytes: z.int().positive() })
    .optional()
    .describe('what the model was imported from, as it was when it was imported first'),
}

const manifest = z.strictObject(manifestShape)
export type Manifest = z.infer<typeof manifest>
export type ModelInput = z.infer<typeof input>
export type Activation = Manifest['outputs']['activation']

type Fault = readonly [path: string, message: string]
type Checked = Pick<Manifest, 'input' | 'outputs' | 'gradCam' | 'saliency' | 'distribution' | 'labels' | 'performance'>

function inputFaults({ channels, profile, mean, std }: ModelInput): Fault[] {
  const faults: Fault[] = []
  if ((mean === undefined) !== (std === undefined)) faults.push(['input', 'mean and std go together'])
  if (mean && profile === 'xrv') faults.push(['input.mean', 'profile xrv has its own range'])
  for (const [name, values] of Object.entries({ mean, std }))
    if (values && values.length !== channels)
      faults.push([`input.${name}`, `is not one number for each of ${channels} channels`])
  return faults
}

/** What a manifest's parts may not be in company of one another. */
function contradictions({ input, outputs, gradCam, distribution, labels, performance }: Checked): Fault[] {
  const faults = inputFaults(input)
  const names = labels.map(({ name }) => name)
  if (new Set(names).size < names.length) faults.push(['labels', 'a name stands twice'])
  labels.forEach(({ trained, operatingPoint }, at) => {
    if (trained === false && operatingPoint !== undefined)
      faults.push([`labels.${at}`, 'an untrained label has no operating point'])
  })
  if (distribution && outputs.features === undefined) faults.push(['distribution', 'needs outputs.features'])
  if ((gradCam === undefined) !== (outputs.features === undefined))
    faults.push(['gradCam', 'goes together with outputs.features'])
  for (const name of Object.keys(performance?.auroc ?? {}))
    if (!names.includes(name)) faults.push([`performance.auroc.${name}`, 'is no label'])
  return faults
}

const tell = (checked: Checked, context: z.RefinementCtx) => {
  for (const [path, message] of contradictions(checked))
    context.addIssue({ code: 'custom', path: path.split('.'), message })
}

/** Why heat maps cannot be made in this way; undefined when they can. */
export function explanationFault(
  method: ExplanationMethod,
  of: Pick<Manifest, 'gradCam' | 'saliency'>,
): string | undefined {
  if (method === 'grad-cam' && !of.gradCam) return 'grad-cam needs outputs.features and gradCam'
  if (method === 'pli' && !of.saliency) return 'pli needs saliency'
  return undefined
}

/** A manifest as installed. */
export const manifestSchema = manifest.superRefine((whole, context) => {
  tell(whole, context)
  const fault = explanationFault(whole.explanation, whole)
  if (fault) context.addIssue({ code: 'custom', path: ['explanation'], message: fault })
})

/** A manifest that a model is to be imported with: files, their sums and the PLI graph may be left to the import. */
export const draftSchema = z
  .strictObject({ ...manifestShape, file: fileName.optional(), sha256: sha256.optional() })
  .superRefine(tell)

/** models/manifest.schema.json. */
export const manifestJsonSchema = () => z.toJSONSchema(manifest, { io: 'input' })
