import { z } from 'zod'
import { derivedUid } from '../dicom/derived-uid.ts'
import { Failure } from '../failure.ts'
import type { ModelIdentity } from '../study/finding.ts'
import type { ExplanationName } from './grad-cam.ts'

const text = z.string().trim().min(1)
/** A name inside the model's own folder: no way out of it. */
const fileName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, 'must be a plain file name')
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits, lower case')
const fraction = z.number().min(0).max(1)

const label = z.strictObject({
  name: text,
  operatingPoint: z.number().gt(0).lt(1).optional(),
  /** Never among the results: the model is known to be no use for it. */
  defaultOff: z.literal(true).optional(),
})

/** How well the model does, and on what: for people. */
const performance = z.strictObject({
  macroAuroc: fraction.optional(),
  pointingAccuracy: fraction.optional(),
  auroc: z.record(z.string(), fraction),
  /** 95 % confidence intervals. */
  interval: z.record(z.string(), z.tuple([fraction, fraction])).optional(),
  /** The test set: phantoms by seed, or a published set by name. */
  testSeeds: text.optional(),
  testSet: text.optional(),
})

const manifest = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, 'must be lower-case letters, digits, dots, dashes and underscores'),
    name: text,
    version: text,
    manufacturer: text,
    /** Trained on simulated radiographs. */
    demonstration: z.boolean(),
    intendedUse: text,
    licence: text,
    /** The ONNX model. */
    file: fileName,
    sha256,
    /** labels × channels weights of the last layer, float32, little-endian, row-major. */
    classifier: z.strictObject({ file: fileName, sha256 }),
    input: z.strictObject({ name: text, size: z.int().min(16).max(2048), profile: z.literal('xrv') }),
    outputs: z.strictObject({ logits: text, features: text }),
    explanation: z.enum(['grad-cam-densenet', 'grad-cam-resnet'] satisfies ExplanationName[]),
    labels: z.array(label).min(1),
    performance: performance.optional(),
    golden: z.strictObject({ file: fileName }).optional(),
    /** What the model was imported from, as it was when it was imported first. */
    checkpoint: z.strictObject({ file: text, sha256, bytes: z.int().positive() }).optional(),
  })
  .superRefine(({ labels, performance }, context) => {
    const names = labels.map(({ name }) => name)
    const fault = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
    if (new Set(names).size < names.length) fault(['labels'], 'a name stands twice')
    for (const name of Object.keys(performance?.auroc ?? {}))
      if (!names.includes(name)) fault(['performance', 'auroc', name], 'is no label')
  })

/** `models/<id>/manifest.json`. */
export type Manifest = z.infer<typeof manifest>

/** @throws Failure MODEL_INVALID naming every fault with its path */
export function parseManifest(json: string): Manifest {
  const parsed = manifest.safeParse(parseJson(json))
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'manifest'}: ${message}`)
  throw new Failure('MODEL_INVALID', `the model's manifest is not valid: ${faults.join('; ')}`)
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw new Failure('MODEL_INVALID', "the model's manifest is not JSON", { cause })
  }
}

/** Which model this is: another file, version or operating point is another device. */
export function modelIdentity({
  id,
  name,
  version,
  manufacturer,
  demonstration,
  intendedUse,
  ...rest
}: Manifest): ModelIdentity {
  const operatingPoints = rest.labels.map(
    (one) => `${one.name}=${one.operatingPoint ?? 'untrained'}${one.defaultOff ? ' off' : ''}`,
  )
  const deviceUid = derivedUid('model', id, version, rest.sha256, rest.classifier.sha256, ...operatingPoints)
  return { id, name, version, manufacturer, deviceUid, demonstration, intendedUse }
}
