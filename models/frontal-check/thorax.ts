import type { Random } from '../../src/model/phantom-random.ts'

/**
 * A crude thorax in space, for pictures of it from any side. x to the patient's left, y down, z to the front; metres,
 * origin mid-chest. It looks like nobody: it only has lungs, heart, spine, ribs, diaphragm and outline where they belong.
 */
export type Thorax = {
  width: number
  depth: number
  shoulder: number
  lungTop: number
  lungBase: number
  lungX: number
  lungWidth: number
  lungDepth: number
  dome: readonly [right: number, left: number]
  air: number
  heart: { x: number; y: number; z: number; rx: number; ry: number; rz: number }
  spineZ: number
  spine: number
  ribs: number
  ribSlope: number
  ribPhase: number
  breasts: number
  stomach: number
  arms: 'down' | 'raised' | 'away'
  /** Fluid up to a height, and one dense ball, by side. */
  fluid: readonly [right: number, left: number]
  consolidation: { x: number; y: number; z: number; r: number; density: number }
}

export function drawThorax(random: Random): Thorax {
  const width = random.between(0.15, 0.2)
  const depth = width * random.between(0.6, 0.8)
  const lungBase = random.between(0.1, 0.17)
  const heart = random.between(0.05, 0.085)
  const fluid = () => (random.chance(0.15) ? random.between(0, 0.12) : -1)
  return {
    ...{ width, depth, lungBase },
    shoulder: random.between(-0.2, -0.15),
    lungTop: random.between(-0.19, -0.15),
    lungX: width * random.between(0.47, 0.53),
    lungWidth: width * random.between(0.36, 0.42),
    lungDepth: depth * random.between(0.72, 0.85),
    dome: [random.between(0.05, 0.09), random.between(0.04, 0.08)],
    air: random.between(0.15, 0.6),
    heart: {
      ...{ x: random.between(0.015, 0.035), y: lungBase - random.between(0.07, 0.1), z: depth * 0.25 },
      ...{ rx: heart, ry: heart * random.between(0.8, 1), rz: heart * 0.8 },
    },
    spineZ: -depth * random.between(0.6, 0.7),
    spine: random.between(0.4, 1.2),
    ribs: random.between(0.2, 0.8),
    ribSlope: random.between(0.2, 0.6),
    ribPhase: random.next(),
    breasts: random.chance(0.4) ? random.between(0.04, 0.08) : 0,
    stomach: random.chance(0.5) ? random.between(0.02, 0.04) : 0,
    arms: random.pick(['down', 'raised', 'away']),
    fluid: [fluid(), fluid()],
    consolidation: {
      ...{ x: random.between(-0.12, 0.12), y: random.between(-0.1, 0.12), z: random.between(-0.06, 0.06) },
      ...{ r: random.chance(0.3) ? random.between(0.02, 0.07) : 0, density: random.between(0.6, 1) },
    },
  }
}

const ball = (dx: number, dy: number, dz: number) => dx * dx + dy * dy + dz * dz < 1

function inArms({ arms, width, depth }: Thorax, x: number, y: number, z: number): boolean {
  const across = Math.abs(x)
  if (arms === 'down') return ball((across - width - 0.055) / 0.045, (y - 0.1) / 0.32, z / 0.05)
  if (arms === 'raised') return ball((across - width * 0.7) / 0.05, (y + 0.3) / 0.16, (z - depth * 0.3) / 0.08)
  return false
}

/** Fraction of the outline that the point lies at: below 1 inside the trunk. */
function trunkAt({ width, depth, shoulder }: Thorax, x: number, y: number, z: number): number {
  const above = Math.max(0, shoulder - y)
  const narrow = Math.max(0.05, width * (1 + 0.12 * Math.min(1, Math.max(0, y))) - above * 1.4)
  const shallow = Math.max(0.05, depth - above * 0.8)
  return (Math.abs(x) / narrow) ** 2.6 + (Math.abs(z) / shallow) ** 2.6
}

function lungAir(thorax: Thorax, x: number, y: number, z: number): number | undefined {
  const { lungTop, lungBase, lungX, lungWidth, lungDepth, dome, fluid, air } = thorax
  const side = x < 0 ? 0 : 1
  const t = (y - lungTop) / (lungBase - lungTop)
  if (t <= 0) return undefined
  const rest = Math.max(0, 1 - t)
  const profile = Math.sqrt(1 - rest ** 2.4)
  const u = (Math.abs(x) - lungX + (1 - profile) * 0.3 * lungWidth) / (lungWidth * profile)
  const v = z / (lungDepth * profile)
  if (u * u + v * v >= 1) return undefined
  const height = (dome[side] ?? 0) * (1 - 0.9 * u * u - 0.6 * v * v + 0.3 * v)
  if (y > lungBase - height) return undefined
  if ((fluid[side] ?? -1) > 0 && y > lungBase - (fluid[side] ?? 0) - 0.03 * u * u) return 1
  const { consolidation } = thorax
  const { r } = consolidation
  if (r > 0 && ball((x - consolidation.x) / r, (y - consolidation.y) / r, (z - consolidation.z) / r))
    return consolidation.density
  return air
}

/** Attenuation at a point, water being 1. */
export function densityAt(thorax: Thorax, x: number, y: number, z: number): number {
  const trunk = trunkAt(thorax, x, y, z)
  if (trunk >= 1) {
    if (inArms(thorax, x, y, z)) return 1.2
    const { breasts, depth } = thorax
    return breasts > 0 && ball((Math.abs(x) - 0.08) / breasts, (y - 0.06) / breasts, (z - depth * 0.9) / breasts)
      ? 1
      : 0
  }
  const { heart, spineZ, spine, ribs, ribSlope, ribPhase, stomach, lungBase, depth } = thorax
  const vertebra = (x / 0.022) ** 2 + ((z - spineZ) / 0.025) ** 2 < 1
  if (vertebra) return 1 + spine * (Math.abs(((y * 33) % 1) + (y < 0 ? 1 : 0) - 0.5) < 0.38 ? 1 : 0.3)
  if (trunk > 0.55 && trunk < 0.85 && y < lungBase + 0.02 && y > -0.19) {
    const along = (y - ribSlope * z) * 38 + ribPhase
    if (along - Math.floor(along) < 0.35) return 1 + ribs
  }
  if (stomach > 0 && ball((x - 0.07) / (stomach * 1.4), (y - lungBase - 0.005) / stomach, (z - 0.02) / stomach))
    return 0.1
  if (ball((x - heart.x) / heart.rx, (y - heart.y) / heart.ry, (z - heart.z) / heart.rz)) return 1.05
  if (Math.abs(x) < 0.022 && z < depth * 0.5 && y < 0.05) return 1
  return lungAir(thorax, x, y, z) ?? 1
}
