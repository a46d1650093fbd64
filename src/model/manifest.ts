import { z } from 'zod'
import { derivedUid } from '../dicom/derived-uid.ts'
import { Failure } from '../failure.ts'
import type { ModelIdentity } from '../study/finding.ts'

const text = z.string().trim().min(1)
/** A name inside the model's own folder: no way out of it. */
const fileName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, 'must be a plain file name')
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits, lower case')
const fraction = z.number().min(0).max(1)

const label = z.strictObject({ name: text, operatingPoint: z.number().gt(0).lt(1).optional() })

const manifest = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, 'must be lower-case letters, digits, dots and dashes'),
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
    explanation: z.literal('grad-cam-densenet'),
    labels: z.array(label).min(1),
    performance: z.strictObject({
      macroAuroc: fraction,
      pointingAccuracy: fraction,
      auroc: z.record(z.string(), fraction),
      testSeeds: text,
    }),
    golden: z.strictObject({ file: fileName }),
  })
  .superRefine(({ labels, performance }, context) => {
    const names = labels.map(({ name }) => name)
    const fault = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
    if (new Set(names).size < names.length) fault(['labels'], 'a name stands twice')
    for (const name of Object.keys(performance.auroc))
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
  const operatingPoints = rest.labels.map((one) => `${one.name}=${one.operatingPoint ?? 'untrained'}`)
  const deviceUid = derivedUid('model', id, version, rest.sha256, ...operatingPoints)
  return { id, name, version, manufacturer, deviceUid, demonstration, intendedUse }
}
