import { join } from 'node:path'
import { selectImages } from '../analyse/select-images.ts'
import type { Config } from '../config/schema.ts'
import { Failure } from '../failure.ts'
import { readFileHeader, withFile } from '../files/instance-file.ts'
import { fitModel } from '../inference/fit-distribution.ts'
import { openDecoder } from '../inference/open-decoder.ts'
import { openModel } from '../inference/open-model.ts'
import { Resources } from '../lifecycle.ts'
import { type Distribution, everyFifthHeldOut, pooledFeatures } from '../model/distribution.ts'
import { FRONTAL_VIEWS } from '../quality/judge-header.ts'
import { judgePixels } from '../quality/judge-pixels.ts'
import type { DeclineCode } from '../study/decline.ts'
import { declineOf } from '../study/quality.ts'
import { modelsFolder } from './model-settings.ts'

/** Teaches a model what the images look like that it knows. */
export type Fitter = AsyncDisposable & {
  /** Undefined when the image counts; else why the node would not score it. @throws Failure */
  add(path: string): Promise<DeclineCode | undefined>
  /** Fits to all that were added. @throws Failure USAGE when they are too few, STORAGE_FAILED */
  fit(quantile: number): Promise<Distribution>
}

export async function openFitter(config: Config): Promise<Fitter> {
  await using resources = new Resources()
  const directory = join(modelsFolder(config), config.model.id)
  const model = resources.use(await openModel({ directory, children: 1 }))
  const decoder = resources.use(openDecoder({ children: 1 }))
  const { manifest } = model
  if (manifest.outputs.features === undefined)
    throw new Failure('USAGE', `${manifest.id} has no feature output: how its images are spread cannot be told`)
  const opened = resources.move()
  const samples: Float64Array[] = []
  return {
    async add(path) {
      const header = await withFile(path, readFileHeader)
      const { declined } = selectImages([{ instanceId: path, header }], config.quality, manifest)
      if (declined) return declined
      const { tensor, view } = await decoder.prepare(path, manifest.input)
      const { features } = await model.run(tensor)
      const { measures } = await view
      const saidFrontal = FRONTAL_VIEWS.includes(header.string('ViewPosition') ?? '')
      const verdicts = judgePixels({ measures, modelSize: manifest.input.size, saidFrontal }, config.quality)
      const against = declineOf(verdicts)
      if (!against && features) samples.push(pooledFeatures(features, manifest.gradCam?.relu === true))
      return against
    },
    fit: (quantile) => fitModel(directory, everyFifthHeldOut(samples), quantile),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}
