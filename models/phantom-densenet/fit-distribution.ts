/**
 * Fits distribution.json to phantoms of the training seeds, with a limit from phantoms of the validation seeds, and names
 * it in manifest.json. Usage: npx tsx models/phantom-densenet/fit-distribution.ts [IMAGES]
 */
import { fitModel } from '../../src/inference/fit-distribution.ts'
import { pooledFeatures } from '../../src/model/distribution.ts'
import { drawPhantom } from '../../src/model/phantom.ts'
import { ask, MODEL_FOLDER, openPhantomModel } from '../../test/bench/measure-model.ts'
import { trainingSize } from './training-size.ts'

const FIRST_VALIDATION_SEED = 100_000
const QUANTILE = 0.99
const images = Number(process.argv[2] ?? 1500)

await using model = await openPhantomModel()
const samples: Float64Array[] = []
for (let at = 0; at < images; at++) {
  // One of every five is held out: see fitDistribution.
  const seed = at % 5 === 4 ? FIRST_VALIDATION_SEED + at : at
  const size = trainingSize(seed)
  const { features } = await ask(model, drawPhantom(size ? { seed, size } : { seed }))
  if (!features) throw new Error('the model has no features')
  samples.push(pooledFeatures(features, model.manifest.gradCam?.relu === true))
  if (at % 100 === 0) console.error(`${at} phantoms`)
}
const { limit, fitted, heldOut, variances } = await fitModel(MODEL_FOLDER, samples, QUANTILE)
console.log(`${variances.length} components of ${fitted} phantoms, limit ${limit.toFixed(4)} from ${heldOut}`)
