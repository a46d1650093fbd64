import type { Random } from '../../src/model/phantom-random.ts'
import type { Body } from './project.ts'

type Ellipsoid = { x: number; y: number; z: number; rx: number; ry: number; rz: number; tilt: number; density: number }

function inside({ x, y, z, rx, ry, rz, tilt }: Ellipsoid, px: number, py: number, pz: number): boolean {
  const [dx, dy] = [px - x, py - y]
  const [c, s] = [Math.cos(tilt), Math.sin(tilt)]
  const [u, v] = [dx * c + dy * s, dy * c - dx * s]
  return (u / rx) ** 2 + (v / ry) ** 2 + ((pz - z) / rz) ** 2 < 1
}

/** The last one that holds the point says what is there. */
const bodyOf =
  (parts: readonly Ellipsoid[]): Body =>
  (x, y, z) =>
    parts.findLast((part) => inside(part, x, y, z))?.density ?? 0

const ellipsoid = (change: Partial<Ellipsoid>): Ellipsoid => ({
  ...{ x: 0, y: 0, z: 0, rx: 0.1, ry: 0.1, rz: 0.1, tilt: 0, density: 1 },
  ...change,
})

/** Arms, legs, fingers: long parts with a bone in each. */
function limbs(random: Random): Ellipsoid[] {
  const count = random.whole(1, 6)
  return Array.from({ length: count }, (_, i) => {
    const r = random.between(0.02, 0.16 / count)
    const tilt = random.between(-0.5, 0.5)
    const x = ((i + 0.5) / count - 0.5) * random.between(0.3, 0.42)
    const y = random.between(-0.06, 0.06)
    const whole = ellipsoid({ x, y, rx: r, ry: random.between(0.2, 0.5), rz: r, tilt })
    return [whole, { ...whole, rx: r * 0.35, rz: r * 0.35, ry: whole.ry * 0.9, density: random.between(1.6, 2.6) }]
  }).flat()
}

function skull(random: Random): Ellipsoid[] {
  const r = random.between(0.09, 0.17)
  const outer = ellipsoid({ y: -0.03, rx: r, ry: r * 1.25, rz: r, density: 2 })
  const hole = (x: number, y: number) => ellipsoid({ x, y, z: 0.05, rx: 0.022, ry: 0.02, rz: 0.06, density: 0.6 })
  const shell = { rx: r * 0.92, ry: r * 1.17, rz: r * 0.92, density: 1 }
  const jaw = ellipsoid({ y: 0.12, rx: r * 0.6, ry: 0.06, rz: 0.06, density: 1.4 })
  return [jaw, outer, { ...outer, ...shell }, hole(-0.04, 0.02), hole(0.04, 0.02), hole(0, 0.06)]
}

/** An abdomen with gas, or a pelvis. */
function abdomen(random: Random): Ellipsoid[] {
  const gas = Array.from({ length: random.whole(2, 9) }, () =>
    ellipsoid({
      ...{ x: random.between(-0.13, 0.13), y: random.between(-0.2, 0.2), z: random.between(0, 0.05) },
      ...{ rx: random.between(0.01, 0.05), ry: random.between(0.01, 0.04), rz: 0.03, density: 0.1 },
    }),
  )
  const wing = (side: number) =>
    ellipsoid({ x: side * 0.1, y: 0.1, z: -0.03, rx: 0.06, ry: 0.08, rz: 0.03, tilt: side * 0.5, density: 1.7 })
  const bones = random.chance(0.6) ? [wing(-1), wing(1)] : []
  const spine = ellipsoid({ z: -0.07, rx: 0.022, ry: 0.6, rz: 0.025, density: 1.9 })
  return [ellipsoid({ rx: random.between(0.15, 0.22), ry: 0.7, rz: 0.12 }), spine, ...bones, ...gas]
}

function breast(random: Random): Ellipsoid[] {
  const side = random.pick([-1, 1])
  const r = random.between(0.12, 0.2)
  return [ellipsoid({ x: side * 0.2, y: random.between(-0.03, 0.05), rx: r * 1.2, ry: r, rz: r * 0.4 })]
}

function blobs(random: Random): Ellipsoid[] {
  return Array.from({ length: random.whole(1, 14) }, () =>
    ellipsoid({
      ...{ x: random.between(-0.2, 0.2), y: random.between(-0.22, 0.22), z: random.between(-0.1, 0.1) },
      ...{ rx: random.between(0.01, 0.12), ry: random.between(0.01, 0.12), rz: random.between(0.01, 0.12) },
      ...{ tilt: random.between(-1.5, 1.5), density: random.between(0, 2) },
    }),
  )
}

/** What is no chest. */
export const drawOther = (random: Random): Body =>
  bodyOf(random.pick([limbs, limbs, skull, abdomen, abdomen, breast, blobs, blobs])(random))
