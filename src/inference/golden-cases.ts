import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../failure.ts'
import { type Golden, greatestDifference, parseGolden } from '../model/golden.ts'
import { drawPhantom } from '../model/phantom.ts'
import { prepareTensor } from '../model/prepare-tensor.ts'
import type { Model } from './open-model.ts'

const SEEDS = [7_000_001, 7_000_002, 7_000_003]
const TOLERANCE = 1e-3
/** A phantom's shorter side, for each pixel of the model's input: it is to be shrunk, as radiographs are. */
const OVERSAMPLING = 1.25

type Case = { readonly seed: number; readonly size?: number | undefined }

async function answer(model: Model, { seed, size }: Case) {
  const phantom = drawPhantom({ seed, ...(size !== undefined && { size }) })
  const { outputs } = await model.run(prepareTensor(phantom, model.manifest.input).data)
  return { drawn: phantom.findings.map(({ label }) => label), outputs }
}

/** What the model answers to some phantoms now. */
export async function makeGolden(model: Model): Promise<Golden> {
  const size = Math.round(model.manifest.input.size * OVERSAMPLING)
  const cases: Golden['cases'] = []
  for (const seed of SEEDS) {
    const { drawn, outputs } = await answer(model, { seed, size })
    cases.push({ seed, size, drawn, outputs: Array.from(outputs, (one) => Math.round(one * 1e5) / 1e5) })
  }
  return { tolerance: TOLERANCE, cases }
}

export type Verified = { readonly seed: number; readonly difference: number; readonly ok: boolean }

/** The model's golden inputs once more: how far each answer is from the one it gave then. @throws Failure MODEL_INVALID */
export async function repeatGolden(model: Model, directory: string): Promise<Verified[]> {
  const { golden } = model.manifest
  if (!golden) throw new Failure('MODEL_INVALID', 'the model has no golden cases')
  const json = await readFile(join(directory, golden.file), 'utf8').catch((cause: unknown) => {
    throw new Failure('MODEL_INVALID', `the model's ${golden.file} cannot be read`, { cause })
  })
  const { tolerance, cases } = parseGolden(json)
  const verified: Verified[] = []
  for (const { seed, size, outputs: wanted } of cases) {
    const { outputs } = await answer(model, { seed, size })
    const difference = greatestDifference(wanted, outputs)
    verified.push({ seed, difference, ok: difference <= tolerance })
  }
  return verified
}
