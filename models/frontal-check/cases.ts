import type { Radiograph } from '../../src/dicom/radiograph.ts'
import { drawPhantom } from '../../src/model/phantom.ts'
import { type Random, random } from '../../src/model/phantom-random.ts'
import { KINDS, type Kind } from '../../src/quality/frontal-classifier.ts'
import { drawOther } from './bodies.ts'
import { cut, expose } from './film.ts'
import { project, type Shadow } from './project.ts'
import { densityAt, drawThorax } from './thorax.ts'

type Scene = { readonly view: 'frontal' | 'side' | 'other'; readonly shadow: Shadow; readonly least: number }

/** Clockwise, so many quarters. */
export function turned<T extends Radiograph>(radiograph: T, quarters: number): T {
  let { rows, columns, pixels } = radiograph
  for (let turn = 0; turn < quarters; turn++) {
    const before = pixels
    const [height, width] = [rows, columns]
    pixels = before.map((_, at) => before[(height - 1 - (at % height)) * width + Math.floor(at / height)] ?? 0)
    ;[rows, columns] = [width, height]
  }
  return { ...radiograph, rows, columns, pixels }
}

/** As if Photometric Interpretation had said the opposite. */
export const inverted = <T extends Radiograph>(radiograph: T): T => ({
  ...radiograph,
  photometric: radiograph.photometric === 'MONOCHROME1' ? 'MONOCHROME2' : 'MONOCHROME1',
})

function thoraxFrom(random: Random, angle: number): Shadow {
  const thorax = drawThorax(random)
  return project((x, y, z) => densityAt(thorax, x, y, z), angle, random)
}

/** The default model's phantom from the front: finer, but flat. */
function phantom(seed: number): Shadow {
  const { rows, columns, pixels } = drawPhantom({ seed, size: 128, photometric: 'MONOCHROME2' })
  return { rows, columns, values: Float64Array.from(pixels) }
}

/** The scene of a seed: five of nine from the front, three from the side, one of no chest. */
export function drawScene(seed: number): Scene {
  const stream = random(seed, 'frontal check')
  const sign = stream.chance(0.5) ? 1 : -1
  if (seed % 9 < 2) return { view: 'frontal', shadow: phantom(seed), least: 0.82 }
  if (seed % 9 < 5) {
    const angle = stream.between(-8, 8) + (stream.chance(0.5) ? 180 : 0)
    return { view: 'frontal', shadow: thoraxFrom(stream, angle), least: 0.55 }
  }
  if (seed % 9 < 8) {
    const angle = stream.chance(0.7) ? stream.between(70, 110) : stream.between(38, 142)
    return { view: 'side', shadow: thoraxFrom(stream, sign * angle), least: 0.5 }
  }
  return { view: 'other', shadow: project(drawOther(stream), stream.between(0, 360), stream), least: 0.4 }
}

export type Case = { readonly kind: Kind; readonly radiograph: Radiograph }

/** One picture of a scene; `take` says which: the first two of a frontal one are upright and of right polarity. */
export function takePicture({ view, shadow, least }: Scene, seed: number, take: number): Case {
  const stream = random(seed, `picture ${take}`)
  const drawn = expose(cut(shadow, stream, least), stream)
  if (view !== 'frontal') {
    const laid = turned(drawn, stream.chance(0.5) ? 0 : stream.whole(1, 3))
    return { kind: view, radiograph: stream.chance(0.25) ? inverted(laid) : laid }
  }
  const kind = take < 2 ? 'frontal' : (KINDS[1 + ((seed + take) % 7)] ?? 'frontal')
  const laid = turned(drawn, Number(/\d+$/.exec(kind)?.[0] ?? 0) / 90)
  return { kind, radiograph: kind.startsWith('inverted') ? inverted(laid) : laid }
}
