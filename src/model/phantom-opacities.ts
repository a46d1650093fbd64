import { type Anatomy, SIDES, type Side } from './phantom-anatomy.ts'
import { type Box, boxAround, curve, type Stroke, smoothstep } from './phantom-canvas.ts'
import { anySide, fillLung, heightAt, lungBand, spotInLung, square, strokeLung } from './phantom-place.ts'
import type { Random } from './phantom-random.ts'
import type { Scene } from './phantom-thorax.ts'

/** The lung below the plates has shrunk and pulls its dome up. */
export function raiseDome(anatomy: Anatomy, random: Random) {
  anatomy.raised = anySide(random)
  anatomy.domes[anatomy.raised < 0 ? 'right' : 'left'] += 0.035
}

/** Two or three thick plates above the diaphragm. */
export function drawAtelectasis(scene: Scene, random: Random): Box[] {
  const centre = spotInLung(scene.anatomy, random, 0.55, 0.78, scene.anatomy.raised)
  const tilt = random.between(-0.25, 0.25)
  const half = random.between(0.06, 0.085)
  const strokes = Array.from({ length: random.whole(2, 3) }, (_, i): Stroke => {
    const shift = random.between(-0.015, 0.015)
    const y = centre.y + (i - 1) * 0.034
    const points = curve(6, (t) => ({ x: centre.x + shift + half * (2 * t - 1), y: y + tilt * half * (2 * t - 1) }))
    return { points, width: random.between(0.014, 0.019), amount: random.between(0.75, 0.95) }
  })
  strokeLung(scene, strokes)
  return strokes.map(({ points, width }) => boxAround(points, width / 2))
}

/** A lobe filled with fluid: dense, flat lower border at the fissure, dark air bronchograms. */
export function drawConsolidation(scene: Scene, random: Random): Box[] {
  const { anatomy } = scene
  const side = anySide(random)
  const low = heightAt(anatomy, random.between(0.38, 0.62))
  const high = low - random.between(0.13, 0.18)
  const box = lungBand(anatomy, side, high, low)
  const slope = random.between(-0.1, 0.1)
  fillLung(scene, box, (x, y) => {
    const fissure = low - 0.008 + slope * (Math.abs(x) - 0.18)
    return 0.88 * smoothstep(high, high + 0.04, y) * (1 - smoothstep(fissure - 0.004, fissure + 0.004, y))
  })
  strokeLung(scene, airBronchograms(side, (low + high) / 2, high, low, random))
  return [box]
}

function airBronchograms(side: Side, y: number, high: number, low: number, random: Random): Stroke[] {
  return Array.from({ length: 5 }, (_, i) => {
    const end = high + 0.03 + ((low - high - 0.05) * (i + random.next() * 0.5)) / 5
    const length = random.between(0.12, 0.17)
    const points = curve(6, (t) => ({ x: side * (0.08 + length * t), y: y + (end - y) * t ** 0.7 }))
    return { points, width: 0.011, endWidth: 0.006, amount: -0.5 }
  })
}

/** A field of fine, nearly parallel streaks. */
export function drawInfiltration(scene: Scene, random: Random): Box[] {
  const centre = spotInLung(scene.anatomy, random, 0.25, 0.7)
  const angle = random.between(0.6, 1.1) * Math.sign(centre.x)
  const radius = random.between(0.075, 0.095)
  const strokes = Array.from({ length: 13 }, (_, i): Stroke => {
    const across = radius * ((i - 6) / 6)
    const half = 0.9 * Math.sqrt(Math.max(0.0004, radius * radius - across * across)) * random.between(0.8, 1)
    const lean = angle + random.between(-0.12, 0.12)
    const points = curve(4, (t) => ({
      x: centre.x - across * Math.sin(angle) + half * (2 * t - 1) * Math.cos(lean),
      y: centre.y + across * Math.cos(angle) + half * (2 * t - 1) * Math.sin(lean),
    }))
    return { points, width: random.between(0.005, 0.007), amount: random.between(0.55, 0.8) }
  })
  strokeLung(scene, strokes)
  return [square(centre, radius)]
}

/** A cluster of soft alveolar spots. */
export function drawPneumonia(scene: Scene, random: Random): Box[] {
  const centre = spotInLung(scene.anatomy, random, 0.3, 0.78)
  const reach = random.between(0.06, 0.08)
  const spots = Array.from({ length: 20 }, () => {
    const angle = random.between(0, 2 * Math.PI)
    const r = reach * Math.sqrt(random.next())
    return { x: centre.x + r * Math.cos(angle), y: centre.y + r * Math.sin(angle), size: random.between(0.009, 0.014) }
  })
  const area = square(centre, reach + 0.035)
  fillLung(scene, area, (x, y) => {
    let sum = 0
    for (const spot of spots) {
      const d2 = ((x - spot.x) ** 2 + (y - spot.y) ** 2) / (spot.size * spot.size)
      if (d2 < 6) sum += Math.exp(-d2)
    }
    return 0.9 * (1 - Math.exp(-1.4 * sum))
  })
  return [square(centre, reach + 0.01)]
}

/** An even haze with a sharp, geographic border: the plain stand-in. */
export function drawLungOpacity(scene: Scene, random: Random): Box[] {
  const centre = spotInLung(scene.anatomy, random, 0.2, 0.75)
  const radius = random.between(0.075, 0.1)
  const waves = [2, 3, 5].map((k) => ({ k, phase: random.between(0, 6.28), amount: random.between(0.03, 0.1) }))
  const density = random.between(0.38, 0.48)
  fillLung(scene, square(centre, radius * 1.35), (x, y) => {
    const angle = Math.atan2(y - centre.y, x - centre.x)
    let border = 1
    for (const { k, phase, amount } of waves) border += amount * Math.cos(k * angle + phase)
    const r = Math.sqrt((x - centre.x) ** 2 + (y - centre.y) ** 2) / radius
    return density * (1 - smoothstep(border - 0.04, border + 0.04, r))
  })
  return [square(centre, radius * 1.05)]
}

/** Honeycomb at the outer bases: coarse rings side by side. */
export function drawFibrosis(scene: Scene, random: Random): Box[] {
  const { anatomy } = scene
  const cell = random.between(0.022, 0.027)
  return SIDES.map((side) => {
    const box = lungBand(anatomy, side, heightAt(anatomy, 0.58), heightAt(anatomy, 0.92))
    const strokes: Stroke[] = []
    for (let y = box.y0; y < box.y1; y += cell) {
      for (let x = box.x0; x < box.x1; x += cell) {
        const centre = { x: x + random.between(-0.004, 0.004), y: y + random.between(-0.004, 0.004) }
        const radius = (cell / 2) * random.between(0.85, 1.05)
        const points = curve(8, (t) => ({
          x: centre.x + radius * Math.cos(2 * Math.PI * t),
          y: centre.y + radius * Math.sin(2 * Math.PI * t),
        }))
        strokes.push({ points, width: 0.0065, amount: random.between(0.4, 0.7) })
      }
    }
    strokeLung(scene, strokes)
    return box
  })
}

/** Butterfly haze around both hila, with Kerley lines at the edges. */
export function drawEdema(scene: Scene, random: Random): Box[] {
  const { anatomy } = scene
  const reach = random.between(0.1, 0.125)
  const density = random.between(0.6, 0.75)
  const kerley: Stroke[] = []
  for (const side of SIDES) {
    const hilum = { x: side * 0.13, y: random.between(-0.03, 0.02) }
    fillLung(scene, square(hilum, 0.4), (x, y) => {
      const d2 = ((x - hilum.x) / reach) ** 2 + ((y - hilum.y) / (1.5 * reach)) ** 2
      return density * Math.exp(-0.7 * d2 * d2)
    })
    for (let i = 0; i < 8; i++) {
      const y = heightAt(anatomy, 0.5 + 0.045 * i)
      const x = side * (anatomy.halfWidth * 0.97 - 0.012)
      kerley.push({
        points: [
          { x, y },
          { x: x - side * 0.04, y },
        ],
        width: 0.005,
        amount: 0.7,
      })
    }
  }
  strokeLung(scene, kerley)
  return SIDES.map((side) => lungBand(anatomy, side, heightAt(anatomy, 0.15), heightAt(anatomy, 0.85)))
}
