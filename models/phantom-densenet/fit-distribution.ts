/**
 * Fits distribution-….json to phantoms of the training seeds, with a limit from full-size phantoms of other seeds, and names
 * it in manifest.json. Usage: npx tsx models/phantom-densenet/fit-distribution.ts [IMAGES [HELD_OUT]]
 */
import { fitModel } from '../../src/inference/fit-distribution.ts'
import { pooledFeatures } from '../../src/model/distribution.ts'
import { drawPhantom, type PhantomOptions } from '../../src/model/phantom.ts'
import { ask, MODEL_FOLDER, openPhantomModel } from '../../test/bench/measure-model.ts'
import { trainingSize } from './training-size.ts'

const FIRST_VALIDATION_SEED = 100_000
const QUANTILE = 0.99
const [images = 800, heldOut = 200] = process.argv.slice(2).map(Number)

await using model = await openPhantomModel()

async function featuresOf(options: readonly PhantomOptions[]): Promise<Float64Array[]> {
  const samples: Float64Array[] = []
  for (const each of options) {
    const { features } = await ask(model, drawPhantom(each))
    if (!features) throw new Error('the model has no features')
    samples.push(pooledFeatures(features, model.manifest.gradCam?.relu === true))
    if (samples.length % 100 === 0) console.error(`${samples.length} phantoms`)
  }
  return samples
}

const asTrained = Array.from({ length: images }, (_, seed) => {
  const size = trainingSize(seed)
  return size ? { seed, size } : { seed }
})
const others = Array.from({ length: heldOut }, (_, at) => ({ seed: FIRST_VALIDATION_SEED + at }))
const samples = { known: await featuresOf(asTrained), heldOut: await featuresOf(others) }
const { limit, variances } = await fitModel(MODEL_FOLDER, samples, QUANTILE)
console.log(`${variances.length} components of ${images} phantoms, limit ${limit.toFixed(4)} from ${heldOut}`)
