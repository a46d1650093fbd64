import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asFailure, Failure } from '../failure.ts'
import type { FeatureMap } from '../model/grad-cam.ts'
import { type Manifest, modelIdentity, parseManifest } from '../model/manifest.ts'
import type { ModelIdentity } from '../study/finding.ts'
import { type ChildPool, openChildPool } from './child-pool.ts'

/** What a model makes of one radiograph; `logits` in the order of the manifest's labels. */
export type Inference = { readonly logits: Float32Array; readonly features: FeatureMap }

export type ModelSetup = { readonly path: string; readonly manifest: Manifest }

export type Model = AsyncDisposable & {
  readonly identity: ModelIdentity
  readonly manifest: Manifest
  /** `tensor` is size × size as `xrvTensor` makes it. @throws Failure CHILD_TIMED_OUT, CHILD_DIED, INTERNAL */
  run(tensor: Float32Array): Promise<Inference>
  /** Why the last run had no answer; undefined once there was one again. */
  trouble(): Failure | undefined
  /** The last layer's weights for one label: one for each feature channel. */
  classifierWeights(labelIndex: number): Float32Array
}

const MAX_RSS_BYTES = 2 * 1024 * 1024 * 1024

const invalid = (message: string, cause?: unknown) => new Failure('MODEL_INVALID', message, { cause })

/**
 * The model of a folder (`models/<id>`), once it has run there and fits its manifest.
 * @throws Failure MODEL_INVALID: missing, altered, or not what its manifest says
 */
export async function openModel(options: {
  readonly directory: string
  readonly children: number
  readonly timeoutMs?: number
}): Promise<Model> {
  const manifest = parseManifest((await read(options.directory, 'manifest.json')).toString('utf8'))
  const weights = await readClassifier(options.directory, manifest)
  const setup: ModelSetup = { path: join(options.directory, manifest.file), manifest }
  const pool = openChildPool<Float32Array, Inference>({
    entry: new URL('./model-child.ts', import.meta.url),
    setup,
    size: options.children,
    startTimeoutMs: 120_000,
    jobTimeoutMs: options.timeoutMs ?? 60_000,
    maxRssBytes: MAX_RSS_BYTES,
  })
  try {
    const channels = await tryOut(pool, manifest, weights)
    return {
      identity: modelIdentity(manifest),
      manifest,
      run: (tensor) => pool.run(tensor),
      classifierWeights: (label) => weights.subarray(label * channels, (label + 1) * channels),
      trouble: () => pool.trouble(),
      [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
    }
  } catch (error) {
    await pool[Symbol.asyncDispose]()
    throw error
  }
}

async function read(directory: string, file: string): Promise<Buffer> {
  return readFile(join(directory, file)).catch((error: NodeJS.ErrnoException) => {
    throw invalid(`the model's ${file} cannot be read: ${error.code}`)
  })
}

async function readClassifier(directory: string, { classifier }: Manifest): Promise<Float32Array> {
  const bytes = await read(directory, classifier.file)
  if (createHash('sha256').update(bytes).digest('hex') !== classifier.sha256)
    throw invalid(`${classifier.file} has another SHA-256 than its manifest says`)
  if (bytes.length % 4 !== 0) throw invalid(`${classifier.file} is not float32`)
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i))
}

/** Runs the model once on grey, which also starts its first child; the number of feature channels. */
async function tryOut(
  pool: ChildPool<Float32Array, Inference>,
  { labels, input, classifier }: Manifest,
  weights: Float32Array,
): Promise<number> {
  const { logits, features } = await pool.run(new Float32Array(input.size ** 2)).catch((error: unknown) => {
    const failure = asFailure(error, 'INTERNAL')
    throw failure.code === 'INTERNAL' ? invalid(`the model does not run: ${failure.message}`, error) : failure
  })
  if (logits.length !== labels.length)
    throw invalid(`the model has ${logits.length} outputs and its manifest ${labels.length} labels`)
  if (weights.length !== labels.length * features.channels)
    throw invalid(
      `${classifier.file} has no weight for each of ${labels.length} labels × ${features.channels} channels`,
    )
  return features.channels
}
