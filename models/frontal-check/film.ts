import type { Radiograph } from '../../src/dicom/radiograph.ts'
import type { Random } from '../../src/model/phantom-random.ts'
import type { Shadow } from './project.ts'

const MOST = 4095
const SIDE = 48

/** The part of a shadow that a picture shows, on 48 × 48 cells, mirrored or not. */
export function cut({ rows, columns, values }: Shadow, random: Random, least: number): Shadow {
  const height = random.between(least, 1) * (rows - 1)
  const width = random.between(least, 1) * (columns - 1)
  const top = random.between(0.25, 0.75) * (rows - 1 - height)
  const left = random.between(0.35, 0.65) * (columns - 1 - width)
  const mirrored = random.chance(0.5)
  const at = (y: number, x: number) => values[Math.min(rows - 1, y) * columns + Math.min(columns - 1, x)] ?? 0
  const shown = Float64Array.from({ length: SIDE * SIDE }, (_, i) => {
    const column = mirrored ? SIDE - 1 - (i % SIDE) : i % SIDE
    const y = top + ((Math.floor(i / SIDE) + 0.5) / SIDE) * height
    const x = left + ((column + 0.5) / SIDE) * width
    const [r, c] = [Math.floor(y), Math.floor(x)]
    const upper = at(r, c) * (c + 1 - x) + at(r, c + 1) * (x - c)
    const lower = at(r + 1, c) * (c + 1 - x) + at(r + 1, c + 1) * (x - c)
    return upper * (r + 1 - y) + lower * (y - r)
  })
  return { rows: SIDE, columns: SIDE, values: shown }
}

/** Smooth waves, as scatter and uneven exposure make them. */
function waves(random: Random): (y: number, x: number) => number {
  const parts = Array.from({ length: 4 }, () => ({
    kx: random.between(-7, 7),
    ky: random.between(-7, 7),
    phase: random.between(0, 6.3),
    height: random.between(0, 0.05),
  }))
  return (y, x) => parts.reduce((sum, { kx, ky, phase, height }) => sum + height * Math.cos(kx * x + ky * y + phase), 0)
}

/** Shutters on some sides. */
function shutters(random: Random): (y: number, x: number) => boolean {
  const edge = () => (random.chance(0.25) ? random.between(0.01, 0.14) : 0)
  const [left, top, right, bottom] = [edge(), edge(), edge(), edge()]
  return (y, x) => x < left || x >= 1 - right || y < top || y >= 1 - bottom
}

/** A picture of the shadow as films and detectors make it: contrast, exposure, noise, shutters, side marker. */
export function expose({ rows, columns, values }: Shadow, random: Random): Radiograph {
  const sorted = values.toSorted()
  const low = sorted[Math.floor(random.between(0, 0.1) * sorted.length)] ?? 0
  const high = sorted[Math.floor(random.between(0.85, 0.999) * sorted.length)] ?? 1
  const gamma = 2 ** random.between(-1.2, 1.2)
  const noise = random.between(0.005, 0.06)
  const uneven = waves(random)
  const isShut = shutters(random)
  const shutter = random.chance(0.85) ? 0 : MOST
  const mark = { x: random.between(0.05, 0.92), y: random.between(0.03, 0.2), there: random.chance(0.6) }
  const pixels = Uint16Array.from(values, (value, at) => {
    const [y, x] = [Math.floor(at / columns) / rows, (at % columns) / columns]
    if (isShut(y, x)) return shutter
    if (mark.there && Math.abs(x - mark.x) < 0.025 && Math.abs(y - mark.y) < 0.025) return MOST
    const share = Math.min(1, Math.max(0, (value - low) / Math.max(1e-9, high - low)))
    const grain = (random.next() + random.next() + random.next() - 1.5) * noise
    return Math.round(MOST * Math.min(1, Math.max(0, share ** gamma + uneven(y, x) + grain)))
  })
  return { rows, columns, bitsStored: 12, signed: false, photometric: 'MONOCHROME2', pixels }
}
