import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asFailure, Failure } from '../failure.ts'
import { type Calibration, calibratedLabels } from '../model/calibration.ts'
import { type Distribution, parseDistribution } from '../model/distribution.ts'
import type { FeatureMap } from '../model/grad-cam.ts'
import { modelIdentity, parseManifest } from '../model/manifest.ts'
import type { Manifest } from '../model/manifest-schema.ts'
import { tensorShape } from '../model/prepare-tensor.ts'
import type { Label } from '../model/score.ts'
import type { ModelIdentity } from '../study/finding.ts'
import { type ChildPool, openChildPool } from './child-pool.ts'
import { readVerified, verifyFile } from './verified-file.ts'

/** What a model makes of one radiograph; `outputs` as it gives them, in the order of the manifest's labels. */
export type Inference = { readonly outputs: Float32Array; readonly features?: FeatureMap }

export type ModelSetup = { readonly directory: string; readonly manifest: Manifest }

/** Inference; or, with `labels`, the guided gradient of each of their outputs. `tensor` as `prepareTensor` makes it. */
export type ModelJob = { readonly tensor: Float32Array; readonly labels?: readonly number[] }

export type Model = AsyncDisposable & {
  readonly identity: ModelIdentity
  readonly manifest: Manifest
  /** The manifest's, as the site's calibration has them. */
  readonly labels: readonly Label[]
  /** @throws Failure CHILD_TIMED_OUT, CHILD_DIED, INTERNAL */
  run(tensor: Float32Array): Promise<Inference>
  /** Guided gradients of the labels' outputs: labels × what the tensor holds. @throws Failure as `run` */
  gradient(tensor: Float32Array, labels: readonly number[]): Promise<Float32Array>
  /** How the features of images it knows are spread; undefined where nobody has fitted that. */
  readonly distribution: Distribution | undefined
  /** Why the last run had no answer; undefined once there was one again. */
  trouble(): Failure | undefined
  /** The last layer's weights for one label: one for each feature channel; undefined for a model without features. */
  classifierWeights(labelIndex: number): Float32Array | undefined
}

const MAX_RSS_BYTES = 2 * 1024 * 1024 * 1024

const invalid = (message: string, cause?: unknown) => new Failure('MODEL_INVALID', message, { cause })

type Pool = ChildPool<ModelJob, Inference | Float32Array>

/**
 * The model of a folder (`models/<id>`), once it has run there and fits its manifest.
 * @throws Failure MODEL_INVALID: missing, altered, or not what its manifest says
 */
export async function openModel(options: {
  readonly directory: string
  readonly children: number
  readonly timeoutMs?: number
  readonly calibration?: Calibration | undefined
}): Promise<Model> {
  const { directory, calibration } = options
  const manifest = await readModelManifest(directory)
  const labels = calibratedLabels(manifest, calibration)
  const weights = await readClassifier(directory, manifest)
  const distribution = await readDistribution(directory, manifest)
  // Opened when it is first wanted; that it is unaltered is to be known now.
  if (manifest.saliency) await verifyFile(join(directory, manifest.saliency.file), manifest.saliency)
  const setup: ModelSetup = { directory, manifest }
  const pool: Pool = openChildPool({
    entry: new URL('./model-child.ts', import.meta.url),
    setup,
    size: options.children,
    startTimeoutMs: 120_000,
    jobTimeoutMs: options.timeoutMs ?? 60_000,
    maxRssBytes: MAX_RSS_BYTES,
  })
  try {
    const channels = await tryOut(pool, manifest, weights)
    if (distribution && distribution.mean.length !== channels)
      throw invalid(`the distribution is of ${distribution.mean.length} features and the model has ${channels}`)
    return {
      identity: modelIdentity(manifest, calibration),
      ...{ manifest, labels, distribution },
      run: (tensor) => pool.run({ tensor }).then(requireInference),
      gradient: (tensor, labels) => pool.run({ tensor, labels }).then(requireGradient),
      classifierWeights: (label) => weights?.subarray(label * channels, (label + 1) * channels),
      trouble: () => pool.trouble(),
      [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
    }
  } catch (error) {
    await pool[Symbol.asyncDispose]()
    throw error
  }
}

function requireInference(answer: Inference | Float32Array): Inference {
  if (answer instanceof Float32Array) throw new Failure('INTERNAL', 'the child process answered something else')
  return answer
}

function requireGradient(answer: Inference | Float32Array): Float32Array {
  if (answer instanceof Float32Array) return answer
  throw new Failure('INTERNAL', 'the child process answered something else')
}

async function readModelManifest(directory: string): Promise<Manifest> {
  const json = await readFile(join(directory, 'manifest.json'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw invalid(`the model's manifest.json cannot be read: ${error.code}`)
  })
  return parseManifest(json)
}

async function readClassifier(directory: string, { gradCam }: Manifest): Promise<Float32Array | undefined> {
  if (!gradCam) return undefined
  const { classifier } = gradCam
  const bytes = await readVerified(join(directory, classifier.file), classifier)
  if (bytes.length % 4 !== 0) throw invalid(`${classifier.file} is not float32`)
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i))
}

async function readDistribution(directory: string, { distribution }: Manifest): Promise<Distribution | undefined> {
  if (!distribution) return undefined
  const bytes = await readVerified(join(directory, distribution.file), distribution)
  return parseDistribution(bytes.toString('utf8'))
}

/** Runs the model once on grey, which also starts its first child; the number of feature channels. */
async function tryOut(pool: Pool, manifest: Manifest, weights: Float32Array | undefined): Promise<number> {
  const { labels, input, gradCam } = manifest
  const grey = new Float32Array(tensorShape(input).reduce((product, each) => product * each, 1))
  const answer = await pool.run({ tensor: grey }).catch((error: unknown) => {
    const failure = asFailure(error, 'INTERNAL')
    throw failure.code === 'INTERNAL' ? invalid(`the model does not run: ${failure.message}`, error) : failure
  })
  const { outputs, features } = requireInference(answer)
  if (outputs.length !== labels.length)
    throw invalid(`the model has ${outputs.length} outputs and its manifest ${labels.length} labels`)
  const channels = features?.channels ?? 0
  if (weights && weights.length !== labels.length * channels)
    throw invalid(
      `${gradCam?.classifier.file} has no weight for each of ${labels.length} labels × ${channels} channels`,
    )
  return channels
}
