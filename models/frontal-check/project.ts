import type { Random } from '../../src/model/phantom-random.ts'

/** Attenuation at a point in space; metres. */
export type Body = (x: number, y: number, z: number) => number
/** rows × columns, attenuation summed along each ray. */
export type Shadow = { readonly rows: number; readonly columns: number; readonly values: Float64Array }

const SIDE = 64
const STEPS = 30
const REACH = 0.28
/** Half of what is drawn; pictures show a part of it. */
const HALF = 0.3

/** Parallel rays through a body, `angle` degrees about its long axis: 0 from the front, 90 from the side. */
export function project(body: Body, angle: number, random: Random): Shadow {
  const turn = (angle * Math.PI) / 180
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)]
  const tilt = random.between(-0.12, 0.12)
  const [tiltCos, tiltSin] = [Math.cos(tilt), Math.sin(tilt)]
  const values = new Float64Array(SIDE * SIDE)
  for (let at = 0; at < values.length; at++) {
    const px = (((at % SIDE) + 0.5) / SIDE - 0.5) * 2 * HALF
    const py = ((Math.floor(at / SIDE) + 0.5) / SIDE - 0.5) * 2 * HALF
    const u = px * tiltCos - py * tiltSin
    const y = px * tiltSin + py * tiltCos
    let sum = 0
    for (let step = 0; step < STEPS; step++) {
      const w = ((step + 0.5) / STEPS - 0.5) * 2 * REACH
      sum += body(u * cos + w * sin, y, w * cos - u * sin)
    }
    values[at] = (sum * 2 * REACH) / STEPS
  }
  return { rows: SIDE, columns: SIDE, values }
}
