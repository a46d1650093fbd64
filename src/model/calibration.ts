import { createHash } from 'node:crypto'
import { z } from 'zod'
import { Failure } from '../failure.ts'
import type { Manifest } from './manifest-schema.ts'
import { type Label, logitOf, sigmoid } from './score.ts'

const temperature = z.number().positive().max(100)

/** What a site makes of a model for its own patients: a versioned file. */
const calibration = z.strictObject({
  model: z.string(),
  /** Of the ONNX file that it was made for. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits, lower case'),
  version: z.string().regex(/^[\x21-\x5b\x5d-\x7e]{1,16}$/, 'must be 1 to 16 ASCII characters without spaces'),
  /** For people: on what it was made, by whom. */
  note: z.string().optional(),
  /** Divides every logit. */
  temperature: temperature.optional(),
  labels: z
    .record(
      z.string(),
      z.strictObject({
        temperature: temperature.optional(),
        operatingPoint: z.number().gt(0).lt(1).optional(),
        on: z.boolean().optional(),
      }),
    )
    .default({}),
})

export type Calibration = z.infer<typeof calibration> & {
  /** Of the calibration file. */
  readonly hash: string
}

/** @throws Failure CONFIG_INVALID naming every fault */
export function parseCalibration(text: string, path: string): Calibration {
  const parsed = calibration.safeParse(parseJson(text, path))
  if (!parsed.success)
    throw invalid(
      path,
      parsed.error.issues.map((each) => `${each.path.join('.')}: ${each.message}`),
    )
  return { ...parsed.data, hash: createHash('sha256').update(text).digest('hex') }
}

const invalid = (path: string, faults: readonly string[]) =>
  new Failure('CONFIG_INVALID', `the calibration ${path} is not valid: ${faults.join('; ')}`)

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', `the calibration ${path} is not JSON`, { cause })
  }
}

function faultsOf({ id, sha256, labels, outputs }: Manifest, given: Calibration): string[] {
  const faults: string[] = []
  if (given.model !== id) faults.push(`model: it is for ${given.model}, not ${id}`)
  if (given.sha256 !== sha256) faults.push(`sha256: it was made for another file than the installed ${id}`)
  const softmax = outputs.activation.endsWith('softmax')
  const ownTemperature = Object.values(given.labels).some((each) => each.temperature !== undefined)
  if (softmax && ownTemperature) faults.push('labels: the outputs of a softmax share one temperature')
  for (const [name, own] of Object.entries(given.labels)) {
    const label = labels.find((each) => each.name === name)
    if (!label) faults.push(`labels.${name}: is no label of ${id}`)
    else if (label.trained === false && (own.on || own.operatingPoint !== undefined))
      faults.push(`labels.${name}: the model is not trained for it`)
    else if (own.on && own.operatingPoint === undefined && label.operatingPoint === undefined)
      faults.push(`labels.${name}: has no operating point, so it cannot be on`)
  }
  if (softmax && given.temperature !== undefined)
    for (const { name, operatingPoint } of labels)
      if (operatingPoint !== undefined && given.labels[name]?.operatingPoint === undefined)
        faults.push(`labels.${name}: after a softmax a temperature moves every operating point; give the new one`)
  return faults
}

type CalibratedLabel = Label & Pick<Manifest['labels'][number], 'code'>

/** A temperature alone moves no finding across its operating point: that moves along. */
function calibrated(label: Manifest['labels'][number], { labels, temperature: common }: Calibration): CalibratedLabel {
  const own = labels[label.name]
  const temperature = own?.temperature ?? common
  const moved = (point: number) => (temperature === undefined ? point : sigmoid(logitOf(point) / temperature))
  const operatingPoint = own?.operatingPoint ?? (label.operatingPoint && moved(label.operatingPoint))
  const off = own?.on === undefined ? label.defaultOff === true : !own.on
  return {
    name: label.name,
    ...(label.code && { code: label.code }),
    ...(operatingPoint !== undefined && { operatingPoint }),
    ...(off && { defaultOff: true as const }),
    ...(temperature !== undefined && { temperature }),
  }
}

/**
 * The model's labels as the site has them.
 * @throws Failure CONFIG_INVALID naming every fault of the calibration for this model
 */
export function calibratedLabels(manifest: Manifest, given: Calibration | undefined): readonly CalibratedLabel[] {
  if (!given) return manifest.labels
  const faults = faultsOf(manifest, given)
  if (faults.length > 0) throw invalid(given.version, faults)
  return manifest.labels.map((label) => calibrated(label, given))
}
