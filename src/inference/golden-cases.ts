import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../failure.ts'
import { type Golden, type GoldenCase, greatestDifference, parseGolden } from '../model/golden.ts'
import { drawPhantom } from '../model/phantom.ts'
import { prepareTensor } from '../model/prepare-tensor.ts'
import type { Model } from './open-model.ts'
import { readVerified } from './verified-file.ts'

const SEEDS = [7_000_001, 7_000_002, 7_000_003]
const TOLERANCE = 1e-3
/** A phantom's shorter side, for each pixel of the model's input: it is to be shrunk, as radiographs are. */
const OVERSAMPLING = 1.25

type PhantomCase = { readonly seed: number; readonly size?: number | undefined }

async function answer(model: Model, { seed, size }: PhantomCase) {
  const phantom = drawPhantom({ seed, ...(size !== undefined && { size }) })
  const { outputs } = await model.run(prepareTensor(phantom, model.manifest.input).data)
  return { drawn: phantom.findings.map(({ label }) => label), outputs }
}

/** What the model answers to some phantoms now. */
export async function makeGolden(model: Model): Promise<Golden> {
  const size = Math.round(model.manifest.input.size * OVERSAMPLING)
  const cases: GoldenCase[] = []
  for (const seed of SEEDS) {
    const { drawn, outputs } = await answer(model, { seed, size })
    cases.push({ seed, size, drawn, outputs: Array.from(outputs, (one) => Math.round(one * 1e5) / 1e5) })
  }
  return { tolerance: TOLERANCE, cases }
}

async function outputsOf(model: Model, directory: string, one: GoldenCase): Promise<Float32Array> {
  if ('seed' in one) return (await answer(model, one)).outputs
  const bytes = await readVerified(join(directory, one.file), one)
  const tensor = Float32Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => bytes.readFloatLE(4 * i))
  return (await model.run(tensor)).outputs
}

export type Verified = { readonly name: string; readonly difference: number; readonly ok: boolean }

/** The model's golden inputs once more: how far each answer is from the one it gave then. @throws Failure MODEL_INVALID */
export async function repeatGolden(model: Model, directory: string): Promise<Verified[]> {
  const { golden } = model.manifest
  if (!golden) throw new Failure('MODEL_INVALID', 'the model has no golden cases')
  const json = await readFile(join(directory, golden.file), 'utf8').catch((cause: unknown) => {
    throw new Failure('MODEL_INVALID', `the model's ${golden.file} cannot be read`, { cause })
  })
  const { tolerance, cases } = parseGolden(json)
  const verified: Verified[] = []
  for (const one of cases) {
    const difference = greatestDifference(one.outputs, await outputsOf(model, directory, one))
    const name = 'seed' in one ? `phantom ${one.seed}` : one.file
    verified.push({ name, difference, ok: difference <= tolerance })
  }
  return verified
}
