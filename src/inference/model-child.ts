import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { asFailure, Failure } from '../failure.ts'
import type { Manifest } from '../model/manifest.ts'
import type { Inference, ModelSetup } from './open-model.ts'
import { serveJobs } from './serve-jobs.ts'

serveJobs<ModelSetup, Float32Array, Inference>(openSession, 'INTERNAL')

async function openSession({ path, manifest }: ModelSetup): Promise<(tensor: Float32Array) => Promise<Inference>> {
  const { input, outputs } = manifest
  const session = await loadSession(path, manifest)
  requireNames('input', session.inputNames, [input.name])
  requireNames('output', session.outputNames, [outputs.logits, outputs.features])
  return async (tensor) => {
    const shape = [1, 1, input.size, input.size]
    const given = await session.run({ [input.name]: new Tensor('float32', tensor, shape) })
    return inferenceOf(given[outputs.logits], given[outputs.features])
  }
}

async function loadSession(path: string, { file, sha256 }: Manifest): Promise<InferenceSession> {
  const onnx = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new Failure('MODEL_INVALID', `the model's ${file} cannot be read: ${error.code}`)
  })
  if (createHash('sha256').update(onnx).digest('hex') !== sha256)
    throw new Failure('MODEL_INVALID', `${file} has another SHA-256 than its manifest says`)
  const options = { executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1 }
  return InferenceSession.create(onnx, options).catch((error: unknown) => {
    throw asFailure(error, 'MODEL_INVALID')
  })
}

function requireNames(kind: string, names: readonly string[], wanted: readonly string[]): void {
  const missing = wanted.filter((name) => !names.includes(name))
  if (missing.length > 0) throw new Failure('MODEL_INVALID', `the model has no ${kind} named ${missing.join(', ')}`)
}

function inferenceOf(logits: Tensor | undefined, features: Tensor | undefined): Inference {
  if (!(logits?.data instanceof Float32Array) || !(features?.data instanceof Float32Array))
    throw new Failure('MODEL_INVALID', "the model's outputs are not float32")
  const [batch, channels = 0, rows = 0, columns = 0] = features.dims
  if (batch !== 1 || features.dims.length !== 4)
    throw new Failure('MODEL_INVALID', "the model's features are not 1 × channels × rows × columns")
  return { logits: logits.data, features: { channels, rows, columns, data: features.data } }
}
