import { type Anatomy, lungBorder, lungDepth, mediastinalBorder, type Side } from './phantom-anatomy.ts'
import { type Box, type Point, paint, type Stroke, strokeLayer } from './phantom-canvas.ts'
import type { Random } from './phantom-random.ts'
import { addLayer, type Scene } from './phantom-thorax.ts'

export const anySide = (random: Random): Side => (random.chance(0.5) ? -1 : 1)

/** Height in the lung, 0 at the apex and 1 at the base, as a body coordinate. */
export const heightAt = ({ lungTop, lungBase }: Anatomy, t: number) => lungTop + (lungBase - lungTop) * t

/** A place well inside the lung between two heights (0 apex, 1 base). */
export function spotInLung(anatomy: Anatomy, random: Random, from: number, to: number, side = anySide(random)): Point {
  let best = { x: side * anatomy.halfWidth * 0.6, y: heightAt(anatomy, (from + to) / 2) }
  let bestDepth = lungDepth(anatomy, best.x, best.y)
  for (let tries = 0; tries < 40 && bestDepth < 0.68; tries++) {
    const spot = {
      x: side * random.between(0.2, 0.95) * anatomy.halfWidth,
      y: heightAt(anatomy, random.between(from, to)),
    }
    const depth = lungDepth(anatomy, spot.x, spot.y)
    if (depth > bestDepth) [best, bestDepth] = [spot, depth]
  }
  return best
}

/** Fills the lung's air: 0 leaves it, 1 makes it as dense as the soft tissue around it. */
export function fillLung({ anatomy, attenuation, lung }: Scene, area: Box, fill: (x: number, y: number) => number) {
  paint(attenuation, area, (x, y, index) => {
    const air = lung.data[index] ?? 0
    return air === 0 ? 0 : anatomy.lungContrast * air * fill(x, y)
  })
}

/** Strokes that show only where there is lung. */
export function strokeLung({ anatomy, attenuation, lung }: Scene, strokes: Stroke[]) {
  const layer = strokeLayer(attenuation.frame, strokes)
  addLayer(attenuation, layer, (index) => anatomy.lungContrast * Math.min(1, 1.2 * (lung.data[index] ?? 0)))
}

export const square = ({ x, y }: Point, radius: number): Box => ({
  x0: x - radius,
  y0: y - radius,
  x1: x + radius,
  y1: y + radius,
})

/** From the mediastinum to the chest wall on one side, between two heights in body coordinates. */
export function lungBand(anatomy: Anatomy, side: Side, y0: number, y1: number): Box {
  const inner = mediastinalBorder(anatomy, side, (y0 + y1) / 2)
  const outer = lungBorder(anatomy, y1)
  return side > 0 ? { x0: inner, y0, x1: outer, y1 } : { x0: -outer, y0, x1: -inner, y1 }
}
