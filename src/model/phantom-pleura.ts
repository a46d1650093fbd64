import { type Anatomy, freeAir, lungBorder, mediastinalBorder, type Side } from './phantom-anatomy.ts'
import { type Box, curve, paint, smoothstep, strokeLayer } from './phantom-canvas.ts'
import { anySide, fillLung, heightAt } from './phantom-place.ts'
import type { Random } from './phantom-random.ts'
import { addLayer, type Scene, WHOLE } from './phantom-thorax.ts'

/** Boxes of equal height that follow a strip along the chest wall. */
function stripBoxes(side: Side, y0: number, y1: number, count: number, edges: (y: number) => [number, number]): Box[] {
  const height = (y1 - y0) / count
  return Array.from({ length: count }, (_, i) => {
    const [top, bottom] = [y0 + i * height, y0 + (i + 1) * height]
    const [above, below] = [edges(top), edges(bottom)]
    const inner = Math.min(above[0], below[0])
    const outer = Math.max(above[1], below[1])
    return side > 0 ? { x0: inner, y0: top, x1: outer, y1: bottom } : { x0: -outer, y0: top, x1: -inner, y1: bottom }
  })
}

export function collapseLung(anatomy: Anatomy, random: Random) {
  anatomy.pneumothorax = { side: anySide(random), gap: random.between(0.06, 0.09), drop: random.between(0.06, 0.085) }
}

/** Air between wall and collapsed lung: darker, without vessels, and the pleura as a thin line. */
export function drawPneumothorax({ anatomy, attenuation, lung }: Scene): Box[] {
  const { pneumothorax, lungTop } = anatomy
  if (!pneumothorax) return []
  const { side, gap, drop } = pneumothorax
  paint(attenuation, WHOLE, (x, y, index) => {
    const air = lung.data[index] ?? 0
    return air === 0 ? 0 : -0.2 * Math.min(1, 1.4 * air) * freeAir(anatomy, x, y)
  })
  const shrunk = { ...anatomy, lungTop: lungTop + drop }
  const edge = (y: number) => {
    const narrowing = gap * (1 - smoothstep(0.35, 0.8, (y - lungTop) / (anatomy.lungBase - lungTop)))
    return Math.max(0.05, lungBorder(shrunk, y) - narrowing)
  }
  const [from, to] = [lungTop + drop, heightAt(anatomy, 0.62)]
  const points = curve(30, (t) => ({ x: side * edge(from + (to - from) * t ** 1.6), y: from + (to - from) * t ** 1.6 }))
  addLayer(attenuation, strokeLayer(attenuation.frame, [{ points, width: 0.006, amount: 0.16 }]))
  return stripBoxes(side, lungTop + 0.01, heightAt(anatomy, 0.5), 5, (y) => [edge(y), lungBorder(anatomy, y)])
}

/** Fluid in the costophrenic angle, climbing the chest wall. */
export function drawEffusion(scene: Scene, random: Random): Box[] {
  const { anatomy } = scene
  const side = anySide(random)
  const level = heightAt(anatomy, random.between(0.62, 0.76))
  const climb = random.between(0.04, 0.07)
  const dome = side < 0 ? anatomy.domes.right : anatomy.domes.left
  const [inner, outer] = [mediastinalBorder(anatomy, side, level), lungBorder(anatomy, level)]
  const box = { x0: side > 0 ? inner : -outer, y0: level - climb, x1: side > 0 ? outer : -inner, y1: anatomy.lungBase }
  const area = { ...box, y0: level - climb - 0.02, y1: anatomy.lungBase + 0.02 }
  fillLung(scene, area, (x, y) => {
    const across = (Math.abs(x) - inner) / (outer - inner)
    const meniscus = level - climb * across ** 3
    return Math.sign(x) === side ? 1.05 * smoothstep(meniscus - 0.01, meniscus + 0.006, y) : 0
  })
  return [{ ...box, y1: anatomy.lungBase - dome * 0.2 }]
}

/** A dense, scalloped band along the chest wall. */
export function drawPleuralThickening(scene: Scene, random: Random): Box[] {
  const { anatomy } = scene
  const side = anySide(random)
  const y0 = heightAt(anatomy, random.between(0.2, 0.35))
  const y1 = y0 + random.between(0.2, 0.27)
  const depth = random.between(0.042, 0.055)
  const waves = random.between(2, 4)
  paint(scene.attenuation, { x0: -0.5, y0, x1: 0.5, y1 }, (x, y) => {
    if (Math.sign(x) !== side) return 0
    const inward = lungBorder(anatomy, y) - Math.abs(x)
    const t = (y - y0) / (y1 - y0)
    const local =
      depth * (0.8 + 0.2 * Math.cos(2 * Math.PI * waves * t)) * Math.sqrt(Math.max(0, Math.sin(Math.PI * t)))
    if (inward < -0.005 || inward > local + 0.004) return 0
    return 0.36 * smoothstep(-0.005, 0.002, inward) * (1 - smoothstep(local - 0.004, local + 0.004, inward))
  })
  return stripBoxes(side, y0 + 0.015, y1 - 0.015, 3, (y) => [lungBorder(anatomy, y) - depth, lungBorder(anatomy, y)])
}
