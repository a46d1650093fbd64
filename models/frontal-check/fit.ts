/**
 * Fits the check of the pixels for frontal chests to drawings alone and writes src/quality/frontal-weights.ts. The same
 * numbers each time. Usage: npx tsx models/frontal-check/fit.ts [SCENES]
 */
import { writeFileSync } from 'node:fs'
import { random } from '../../src/model/phantom-random.ts'
import { edgeFeatures } from '../../src/quality/edge-features.ts'
import { THUMBNAIL_SIDE, thumbnailOf } from '../../src/quality/thumbnail.ts'
import { drawScene, takePicture } from './cases.ts'
import { type Sample, train } from './train.ts'

const TAKES = 5
const EPOCHS = 12
const WEIGHTS = new URL('../../src/quality/frontal-weights.ts', import.meta.url)
const scenes = Number(process.argv[2] ?? 3600)

function samplesOf(seed: number): Sample[] {
  const scene = drawScene(seed)
  return Array.from({ length: TAKES }, (_, take) => {
    const { kind, radiograph } = takePicture(scene, seed, take)
    return { kind, features: edgeFeatures(thumbnailOf(radiograph, THUMBNAIL_SIDE)) }
  })
}

function shuffled<T>(items: readonly T[]): T[] {
  const order = random(0, 'order')
  return items
    .map((item) => ({ item, place: order.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

const samples = Array.from({ length: scenes }, (_, seed) => {
  if (seed % 300 === 0) console.error(`${seed} scenes drawn`)
  return samplesOf(seed)
}).flat()
const weights = Float32Array.from(train(shuffled(samples), EPOCHS))
const base64 = Buffer.from(weights.buffer).toString('base64')
writeFileSync(
  WEIGHTS,
  `/** Written by models/frontal-check/fit.ts from ${scenes} scenes: float32, little-endian. */\nexport const FRONTAL_WEIGHTS =\n  '${base64}'\n`,
)
