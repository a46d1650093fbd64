import { type Anatomy, diaphragm } from './phantom-anatomy.ts'
import { type Box, type Point, paint, smoothstep } from './phantom-canvas.ts'
import { fillLung, spotInLung, square } from './phantom-place.ts'
import type { Random } from './phantom-random.ts'
import type { Scene } from './phantom-thorax.ts'

const distance = (a: Point, x: number, y: number) => Math.sqrt((x - a.x) ** 2 + (y - a.y) ** 2)

/** One small, sharp, round shadow. */
export function drawNodule(scene: Scene, random: Random): Box[] {
  const centre = spotInLung(scene.anatomy, random, 0.12, 0.8)
  const radius = random.between(0.026, 0.036)
  fillLung(scene, square(centre, radius * 1.2), (x, y) => 1 - smoothstep(0.85, 1.1, distance(centre, x, y) / radius))
  return [square(centre, radius)]
}

/** One large lobulated shadow, denser than soft tissue alone. */
export function drawMass(scene: Scene, random: Random): Box[] {
  const centre = spotInLung(scene.anatomy, random, 0.2, 0.75)
  const radius = random.between(0.058, 0.08)
  const phase = random.between(0, 2 * Math.PI)
  const lobes = random.whole(3, 5)
  fillLung(scene, square(centre, radius * 1.3), (x, y) => {
    const angle = Math.atan2(y - centre.y, x - centre.x)
    const border = radius * (1 + 0.1 * Math.cos(lobes * angle + phase))
    return 1.15 * (1 - smoothstep(0.9, 1.08, distance(centre, x, y) / border))
  })
  return [square(centre, radius * 1.05)]
}

/** A thick-walled ring around air: the stand-in for a lung lesion that is neither nodule nor mass. */
export function drawLungLesion(scene: Scene, random: Random): Box[] {
  const centre = spotInLung(scene.anatomy, random, 0.15, 0.75)
  const radius = random.between(0.045, 0.062)
  const wall = random.between(0.014, 0.019)
  fillLung(scene, square(centre, radius * 1.2), (x, y) => {
    const r = distance(centre, x, y)
    const ring =
      smoothstep(radius - wall - 0.004, radius - wall, r) * (1 - smoothstep(radius - 0.002, radius + 0.003, r))
    const cavity = 1 - smoothstep(radius - wall - 0.006, radius - wall, r)
    return ring - 0.25 * cavity
  })
  return [square(centre, radius)]
}

/** A stomach above the diaphragm behind the heart: round wall, air above a flat fluid level. */
export function drawHernia({ anatomy, attenuation }: Scene, random: Random): Box[] {
  const radius = random.between(0.06, 0.08)
  const centre = { x: random.between(-0.015, 0.05), y: diaphragm(anatomy, 0.02) - radius * random.between(0.4, 0.9) }
  const level = centre.y + radius * random.between(-0.15, 0.2)
  paint(attenuation, square(centre, radius * 1.2), (x, y) => {
    const r = distance(centre, x, y)
    const inside = 1 - smoothstep(radius - 0.012, radius - 0.006, r)
    const wall = (1 - inside) * (1 - smoothstep(radius - 0.002, radius + 0.003, r))
    const fluid = smoothstep(level - 0.002, level + 0.002, y)
    return 0.12 * wall + inside * (0.14 * fluid - 0.34 * (1 - fluid))
  })
  return [square(centre, radius)]
}

/** A rib broken outside the heart's shadow. */
export function breakRib(anatomy: Anatomy, random: Random) {
  const side = random.chance(0.5) ? -1 : 1
  const step = random.between(0.026, 0.034)
  anatomy.fractures.push({ side, rib: random.whole(2, 7), at: random.between(0.24, 0.42), step })
}
