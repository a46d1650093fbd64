import type { z } from 'zod'
import { derivedUid } from '../dicom/derived-uid.ts'
import { Failure } from '../failure.ts'
import type { ModelIdentity } from '../study/finding.ts'
import type { Calibration } from './calibration.ts'
import { draftSchema, type Manifest, manifestSchema } from './manifest-schema.ts'

/** `models/<id>/manifest.json`. @throws Failure MODEL_INVALID naming every fault with its path */
export const parseManifest = (json: string): Manifest => parse(manifestSchema, json)

export type ManifestDraft = z.infer<typeof draftSchema>

/** A manifest to import a model with. @throws Failure MODEL_INVALID naming every fault with its path */
export const parseDraft = (json: string): ManifestDraft => parse(draftSchema, json)

function parse<T>(schema: z.ZodType<T>, json: string): T {
  const parsed = schema.safeParse(parseJson(json))
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

/** Which model this is: whatever changes a score is another device. */
export function modelIdentity(manifest: Manifest, calibration?: Calibration): ModelIdentity {
  const { id, name, version, manufacturer, demonstration, intendedUse, sha256, input, outputs } = manifest
  const labels = manifest.labels.map(
    (one) => `${one.name}=${one.operatingPoint ?? 'untrained'}${one.defaultOff ? ' off' : ''}`,
  )
  const { layout, channels, size, fit, resampling, profile, mean = [], std = [] } = input
  const pixels = [layout, channels, size, fit, resampling, profile, ...mean, 'over', ...std].join(' ')
  const classifier = manifest.gradCam?.classifier.sha256 ?? 'none'
  const site = calibration ? ['calibration', calibration.hash] : []
  const deviceUid = derivedUid('model', id, version, sha256, classifier, pixels, outputs.activation, ...labels, ...site)
  const calibrated = calibration && { calibration: { version: calibration.version, sha256: calibration.hash } }
  return { id, name, version, manufacturer, deviceUid, demonstration, intendedUse, ...calibrated }
}
