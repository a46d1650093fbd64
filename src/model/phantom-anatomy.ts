import { clamp, type Point, smoothstep } from './phantom-canvas.ts'
import type { Random } from './phantom-random.ts'

/** -1: left on the image, the patient's right; +1: the patient's left. */
export type Side = -1 | 1

/** One simulated thorax, lengths in body units; findings may change it before it is drawn. */
export type Anatomy = {
  lungTop: number
  lungBase: number
  /** Outer half-width of the lungs at the base. */
  halfWidth: number
  /** Height of the diaphragm's dome above its angle, patient's right and left. */
  domes: { right: number; left: number }
  mediastinum: { lower: number; upper: number }
  heart: { x: number; y: number; rx: number; ry: number; tilt: number }
  bodyWidth: number
  lungContrast: number
  boneContrast: number
  vesselContrast: number
  ribWidth: number
  ribSlope: number
  breasts: number
  scapulae: boolean
  /** The side whose dome atelectasis has pulled up. */
  raised?: Side
  /** Lung pulled away from the wall by `gap` (side) and `drop` (apex). */
  pneumothorax?: { side: Side; gap: number; drop: number }
  fractures: { side: Side; rib: number; at: number; step: number }[]
}

export const SIDES: readonly [Side, Side] = [-1, 1]
export const RIBS = 10

export function drawAnatomy(random: Random, view: 'PA' | 'AP'): Anatomy {
  const magnified = view === 'AP' ? 1.05 : 1
  const halfWidth = random.between(0.315, 0.36)
  const lungBase = random.between(0.27, 0.33)
  const dome = random.between(0.085, 0.12)
  const heartWidth = halfWidth * random.between(0.4, 0.47) * magnified
  return {
    lungTop: random.between(-0.4, -0.36),
    lungBase,
    halfWidth,
    domes: { right: dome + random.between(0.005, 0.025), left: dome },
    mediastinum: { lower: random.between(0.04, 0.052), upper: random.between(0.048, 0.064) },
    heart: {
      x: random.between(0.05, 0.075),
      y: lungBase - random.between(0.15, 0.175),
      rx: heartWidth,
      ry: heartWidth * random.between(0.78, 0.92),
      tilt: random.between(0.35, 0.6),
    },
    bodyWidth: halfWidth + random.between(0.05, 0.11),
    lungContrast: random.between(0.5, 0.62),
    boneContrast: random.between(0.07, 0.11),
    vesselContrast: random.between(0.1, 0.16),
    ribWidth: random.between(0.02, 0.026),
    ribSlope: random.between(0.06, 0.1),
    breasts: random.chance(0.4) ? random.between(0.04, 0.1) : 0,
    scapulae: view === 'AP',
    fractures: [],
  }
}

/** Outer border of the lung at height y: narrow at the apex, broad at the base. */
export function lungBorder({ lungTop, lungBase, halfWidth }: Anatomy, y: number): number {
  const t = clamp((y - lungTop) / (lungBase - lungTop))
  const rest = 1 - t
  return halfWidth * Math.sqrt(1 - rest * rest * rest)
}

/** Height of the diaphragm below the point; the lung ends there. */
export function diaphragm({ domes, lungBase, halfWidth }: Anatomy, x: number): number {
  const height = x < 0 ? domes.right : domes.left
  const across = (Math.abs(x) - halfWidth * 0.5) / (halfWidth * 0.55)
  return lungBase - height * Math.max(-0.1, 1 - across * across)
}

/** Inner border of the lung: the mediastinum, with the aortic knob on the patient's left. */
export function mediastinalBorder({ mediastinum }: Anatomy, side: Side, y: number): number {
  const upper = mediastinum.upper + (side > 0 ? 0.018 * Math.exp(-(((y + 0.14) / 0.035) ** 2)) : 0)
  return upper + (mediastinum.lower - upper) * smoothstep(-0.08, 0.04, y)
}

/** 1 in the heart, 0 outside, with a soft border. */
export function heartMask({ heart }: Anatomy, x: number, y: number): number {
  const dx = x - heart.x
  const dy = y - heart.y
  if (dx * dx + dy * dy > (1.1 * heart.rx) ** 2) return 0
  const u = (dx * Math.cos(heart.tilt) + dy * Math.sin(heart.tilt)) / heart.rx
  const v = (dy * Math.cos(heart.tilt) - dx * Math.sin(heart.tilt)) / heart.ry
  return 1 - smoothstep(0.93, 1.05, Math.sqrt(u * u + v * v))
}

const depthAt = (distance: number) => 0.6 * smoothstep(0, 0.014, distance) + 0.4 * smoothstep(0, 0.13, distance)

/** How much air a ray meets at the point: 0 outside the lungs, 1 in their middle. */
export function lungDepth(anatomy: Anatomy, x: number, y: number): number {
  const side = x < 0 ? -1 : 1
  const across = Math.abs(x)
  const lateral = lungBorder(anatomy, y) - across
  if (lateral <= 0) return 0
  const medial = across - mediastinalBorder(anatomy, side, y)
  const below = diaphragm(anatomy, x) - y
  if (medial <= 0 || below <= 0) return 0
  const air = depthAt(lateral) * depthAt(medial * 1.4) * (0.75 * smoothstep(0, 0.012, below) + 0.25 * depthAt(below))
  return air * (1 - 0.85 * heartMask(anatomy, x, y))
}

/** 1 where a pneumothorax has air without lung. */
export function freeAir(anatomy: Anatomy, x: number, y: number): number {
  const { pneumothorax, lungTop, lungBase } = anatomy
  if (!pneumothorax || Math.sign(x) !== pneumothorax.side) return 0
  const t = clamp((y - lungTop) / (lungBase - lungTop))
  const narrowing = pneumothorax.gap * (1 - smoothstep(0.35, 0.8, t))
  const shrunk = { ...anatomy, lungTop: lungTop + pneumothorax.drop }
  return smoothstep(-0.002, 0.002, Math.abs(x) - (lungBorder(shrunk, y) - narrowing))
}

/** A rib's course: back part from the spine to the side, then the front part back to the middle. */
export function ribPoint(anatomy: Anatomy, side: Side, rib: number, t: number): Point {
  const start = anatomy.lungTop + 0.03 + rib * 0.062
  const sideY = start + anatomy.ribSlope
  const outer = lungBorder(anatomy, sideY) + 0.004
  const back = Math.min(1, t / 0.6)
  const x = 0.035 + (outer - 0.035) * Math.sin((back * Math.PI) / 2) ** 0.9
  const y = start - 0.02 * Math.sin(Math.PI * back) + anatomy.ribSlope * back * back
  if (t <= 0.6) return { x: side * x, y }
  const front = (t - 0.6) / 0.4
  return {
    x: side * (outer - (outer - 0.1) * 0.75 * (1 - Math.cos((front * Math.PI) / 2))),
    y: sideY + 0.11 * Math.sin((front * Math.PI) / 2),
  }
}
