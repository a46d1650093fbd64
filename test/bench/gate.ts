/**
 * What the quality gate's checks of pixels catch and what they cry wolf at: on drawings from unseen seeds and on the
 * corpus. `npm run bench:gate -- --scenes N --phantoms N`
 */
import { readdirSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { drawScene, inverted, takePicture, turned } from '../../models/frontal-check/cases.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { decodeFrames } from '../../src/dicom/pixels.ts'
import { type Radiograph, radiographOf } from '../../src/dicom/radiograph.ts'
import { distance, pooledFeatures } from '../../src/model/distribution.ts'
import { drawPhantom } from '../../src/model/phantom.ts'
import { judgePixels } from '../../src/quality/judge-pixels.ts'
import { measurePixels } from '../../src/quality/measure-pixels.ts'
import { caveatsOf } from '../../src/study/caveat.ts'
import { declineOf, type Policies } from '../../src/study/quality.ts'
import { REAL_FRONTAL, readPicture } from '../support/corpus-images.ts'
import { corpus } from '../support/needs.ts'
import { ask, openPhantomModel } from './measure-model.ts'

const FIRST_SCENE = 2_000_000
const FIRST_PHANTOM = 3_000_000
const { quality } = readConfig(undefined, {})
/** Films of drawings are extreme: whether they are over-exposed is not the question. */
const OF_DRAWINGS: Policies = { ...quality, saturated: 'off', constant: 'off', screenCapture: 'off' }

/** What the checks of pixels say without a View Position; size is left out, drawings are small. */
function reasonFor(radiograph: Radiograph, policies: Policies = quality): string {
  const verdicts = judgePixels({ measures: measurePixels(radiograph), modelSize: 16, saidFrontal: false }, policies)
  const [mild] = caveatsOf(verdicts)
  return declineOf(verdicts) ?? (mild ? `${mild.code} as caveat` : 'passed')
}

class Tally {
  readonly #rows = new Map<string, Map<string, number>>()

  add(row: string, reason: string): void {
    const counts = this.#rows.get(row) ?? new Map<string, number>()
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
    this.#rows.set(row, counts)
  }

  print(title: string): void {
    console.log(`\n${title}`)
    for (const [row, counts] of this.#rows) {
      const total = [...counts.values()].reduce((sum, each) => sum + each, 0)
      const parts = [...counts].sort((a, b) => b[1] - a[1]).map(([reason, count]) => `${reason} ${count}`)
      console.log(`  ${row.padEnd(36)} of ${String(total).padStart(4)}: ${parts.join(', ')}`)
    }
  }
}

function scenes(count: number): void {
  const tally = new Tally()
  for (let seed = FIRST_SCENE; seed < FIRST_SCENE + count; seed++) {
    const scene = drawScene(seed)
    for (let take = 0; take < 4; take++) {
      const { kind, radiograph } = takePicture(scene, seed, take)
      tally.add(
        kind.replace(/\d+$/, '').replace('side', 'lateral or oblique').replace('other', 'no chest'),
        reasonFor(radiograph, OF_DRAWINGS),
      )
    }
  }
  tally.print(`drawings of the frontal check's generator, seeds from ${FIRST_SCENE}`)
}

async function phantoms(count: number): Promise<void> {
  await using model = await openPhantomModel()
  const { distribution } = model
  const tally = new Tally()
  for (let seed = FIRST_PHANTOM; seed < FIRST_PHANTOM + count; seed++) {
    const phantom = drawPhantom({ seed })
    tally.add('as drawn', reasonFor(phantom))
    tally.add('polarity swapped', reasonFor(inverted(phantom)))
    tally.add('turned', reasonFor(turned(phantom, 1 + (seed % 3))))
    const { features } = await ask(model, phantom)
    if (!distribution || !features) continue
    const far = distance(distribution, pooledFeatures(features, true))
    tally.add('out-of-distribution score', far > distribution.limit ? 'OUT_OF_DISTRIBUTION' : 'passed')
  }
  tally.print(`full-size phantoms with all findings, seeds from ${FIRST_PHANTOM}`)
}

async function read(path: string): Promise<Radiograph | undefined> {
  try {
    if (path.startsWith('png/')) return await readPicture(path.slice('png/'.length))
    const file = readFileSync(corpus(`dicom/${path}`))
    return radiographOf(await decodeFrames(file, { frames: 'first' }), parseHeader(file))
  } catch {
    return undefined
  }
}

/** Files that show the same picture as one above, or a frontal chest by other means. */
const LEFT_OUT = /^derived\/|AIHCND_C2_Starte__test|nccid__|\.deid\.dcm$|MAROTECH|DICOMDIR/

async function corpusImages(): Promise<void> {
  await using model = await openPhantomModel()
  const farOf = async (radiograph: Radiograph) => {
    const { features } = await ask(model, radiograph)
    return model.distribution && features ? distance(model.distribution, pooledFeatures(features, true)) : Number.NaN
  }
  const tally = new Tally()
  const distances: [string, number][] = []
  for (const path of REAL_FRONTAL) {
    const radiograph = await read(path)
    if (!radiograph) continue
    tally.add('real frontal chests', reasonFor(radiograph))
    tally.add('the same, polarity swapped', reasonFor(inverted(radiograph)))
    for (const turns of [1, 2, 3]) tally.add('the same, turned', reasonFor(turned(radiograph, turns)))
    console.log(`  ${path.padEnd(52)} frontal ${measurePixels(radiograph).frontal.toFixed(3)}`)
    distances.push([path, await farOf(radiograph)])
  }
  for (const path of readdirSync(corpus('dicom'), { recursive: true, encoding: 'utf8' }).sort()) {
    if (REAL_FRONTAL.includes(path) || LEFT_OUT.test(path)) continue
    const radiograph = await read(path)
    if (!radiograph || Math.min(radiograph.rows, radiograph.columns) < 100) continue
    tally.add(
      path.startsWith('radiograph') || path.startsWith('chest') ? 'other radiographs' : 'other images',
      reasonFor(radiograph),
    )
  }
  tally.print('the corpus')
  console.log(`\ndistance from the default model's training set; limit ${model.distribution?.limit.toFixed(2)}`)
  for (const [path, far] of distances) console.log(`  ${path.padEnd(52)} ${far.toFixed(2)}`)
}

const { values } = parseArgs({
  options: { scenes: { type: 'string', default: '450' }, phantoms: { type: 'string', default: '60' } },
})
scenes(Number(values.scenes))
await phantoms(Number(values.phantoms))
await corpusImages()
