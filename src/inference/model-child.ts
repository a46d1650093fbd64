import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { asFailure, Failure } from '../failure.ts'
import type { FeatureMap } from '../model/grad-cam.ts'
import type { Manifest } from '../model/manifest-schema.ts'
import { SALIENCY_PORTS } from '../model/onnx/saliency.ts'
import { tensorShape } from '../model/prepare-tensor.ts'
import type { Inference, ModelJob, ModelSetup } from './open-model.ts'
import { serveJobs } from './serve-jobs.ts'
import { readVerified } from './verified-file.ts'

serveJobs<ModelSetup, ModelJob, Inference | Float32Array>(openModelJobs, 'INTERNAL')

type Work = (job: ModelJob) => Promise<Inference | Float32Array>

async function openModelJobs({ directory, manifest }: ModelSetup): Promise<Work> {
  const { input, outputs, saliency } = manifest
  const session = await loadSession(directory, manifest)
  requireNames('input', session.inputNames, [input.name])
  requireNames('output', session.outputNames, [outputs.labels, ...(outputs.features ? [outputs.features] : [])])
  // Most images need none, and it holds the weights once more.
  let backward: Promise<InferenceSession> | undefined
  return async ({ tensor, labels }) => {
    const image = new Tensor('float32', tensor, tensorShape(input))
    if (!labels) return infer(session, image, manifest)
    if (!saliency) throw new Failure('MODEL_INVALID', 'the model has no PLI graph')
    backward ??= loadSession(directory, saliency)
    return gradientOf(await backward, { ...manifest, image, wanted: labels })
  }
}

async function loadSession(directory: string, file: { file: string; sha256: string }): Promise<InferenceSession> {
  const onnx = await readVerified(join(directory, file.file), file)
  const options = { executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1 }
  return InferenceSession.create(onnx, options).catch((error: unknown) => {
    throw asFailure(error, 'MODEL_INVALID')
  })
}

function requireNames(kind: string, names: readonly string[], wanted: readonly string[]): void {
  const missing = wanted.filter((name) => !names.includes(name))
  if (missing.length > 0)
    throw new Failure(
      'MODEL_INVALID',
      `the model has no ${kind} named ${missing.join(', ')}, but ${names.join(', ') || 'none'}`,
    )
}

async function infer(session: InferenceSession, image: Tensor, { input, outputs }: Manifest): Promise<Inference> {
  const wanted = [outputs.labels, ...(outputs.features ? [outputs.features] : [])]
  const given = await session.run({ [input.name]: image }, wanted)
  const features = outputs.features === undefined ? undefined : featureMap(given[outputs.features])
  return { outputs: floats(given[outputs.labels], outputs.labels), ...(features && { features }) }
}

function floats(tensor: Tensor | undefined, name: string): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data
  throw new Failure('MODEL_INVALID', `the model's output ${name} is not float32`)
}

function featureMap(tensor: Tensor | undefined): FeatureMap {
  const data = floats(tensor, 'of features')
  const [batch, channels = 0, rows = 0, columns = 0] = tensor?.dims ?? []
  if (batch !== 1 || tensor?.dims.length !== 4)
    throw new Failure('MODEL_INVALID', "the model's features are not 1 × channels × rows × columns")
  return { channels, rows, columns, data }
}

type Wanted = Pick<Manifest, 'input' | 'labels'> & { readonly image: Tensor; readonly wanted: readonly number[] }

/** labels wanted × what the image holds. */
async function gradientOf(session: InferenceSession, { input, labels, image, wanted }: Wanted): Promise<Float32Array> {
  const rows = new Float32Array(wanted.length * labels.length)
  wanted.forEach((label, row) => {
    rows[row * labels.length + label] = 1
  })
  const given = await session.run({
    [input.name]: image,
    [SALIENCY_PORTS.labels]: new Tensor('float32', rows, [wanted.length, labels.length]),
  })
  return floats(given[SALIENCY_PORTS.gradient], SALIENCY_PORTS.gradient)
}
