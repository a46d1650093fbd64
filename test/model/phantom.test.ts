import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { drawPhantom } from '../../src/model/phantom.ts'
import { PHANTOM_LABELS } from '../../src/model/phantom-findings.ts'

const SMALL = 256
const seeds = Array.from({ length: 24 }, (_, seed) => seed)
const digest = (pixels: Uint16Array) => createHash('sha256').update(new Uint8Array(pixels.buffer)).digest('hex')

describe('a phantom', () => {
  test('has the same pixels for the same seed, for ever', () => {
    expect(digest(drawPhantom({ seed: 42, size: SMALL }).pixels)).toBe(
      'd9297ae065e5ab308c7cac3c769e39e1a27f056bbdeb3df2b3a8fd0024fa9d95',
    )
  })

  test('differs from seed to seed', () => {
    const digests = new Set(seeds.map((seed) => digest(drawPhantom({ seed, size: SMALL }).pixels)))
    expect(digests.size).toBe(seeds.length)
  })

  test('stored as MONOCHROME1 is the exact inverse of MONOCHROME2', () => {
    const one = drawPhantom({ seed: 5, size: SMALL, photometric: 'MONOCHROME1' })
    const two = drawPhantom({ seed: 5, size: SMALL, photometric: 'MONOCHROME2' })
    expect([one.photometric, two.photometric]).toEqual(['MONOCHROME1', 'MONOCHROME2'])
    expect(one.pixels.every((value, index) => value === 4095 - (two.pixels[index] ?? 0))).toBe(true)
  })

  test('comes in both polarities and both views, with Rows and Columns that differ', () => {
    const phantoms = seeds.map((seed) => drawPhantom({ seed, size: 64 }))
    expect(new Set(phantoms.map(({ photometric }) => photometric)).size).toBe(2)
    expect(new Set(phantoms.map(({ view }) => view)).size).toBe(2)
    expect(new Set(phantoms.map(({ rows, columns }) => Math.sign(rows - columns))).size).toBeGreaterThan(1)
  })

  test('is drawn at 1024 pixels or more and fits in 12 Bits Stored', () => {
    const { rows, columns, pixels, pixelSpacingMm } = drawPhantom({ seed: 3 })
    expect(Math.min(rows, columns)).toBeGreaterThanOrEqual(1024)
    expect(pixels).toHaveLength(rows * columns)
    expect(pixels.every((value) => value <= 4095)).toBe(true)
    expect(pixelSpacingMm * columns).toBeGreaterThan(300)
    expect(pixelSpacingMm * columns).toBeLessThan(600)
  })

  test('shows no finding in about a quarter of the seeds and at most four', () => {
    const counts = Array.from({ length: 400 }, (_, seed) => drawPhantom({ seed, size: 16 }).findings.length)
    expect(counts.filter((count) => count === 0).length).toBeGreaterThan(70)
    expect(counts.filter((count) => count === 0).length).toBeLessThan(130)
    expect(Math.max(...counts)).toBe(4)
  })

  test('has its lungs darker than its mediastinum in MONOCHROME2', () => {
    const { pixels, rows, columns } = drawPhantom({ seed: 8, size: SMALL, findings: [], photometric: 'MONOCHROME2' })
    const at = (x: number, y: number) => pixels[Math.round(y * rows) * columns + Math.round(x * columns)] ?? 0
    expect(at(0.3, 0.45)).toBeLessThan(at(0.5, 0.45))
    expect(at(0.7, 0.4)).toBeLessThan(at(0.5, 0.4))
  })
})

describe('a finding drawn in a phantom', () => {
  test.each(PHANTOM_LABELS)('%s lies inside the image', (label) => {
    for (const seed of seeds) {
      const { findings, rows, columns } = drawPhantom({ seed, size: 64, findings: [label] })
      expect(findings).toHaveLength(1)
      const boxes = findings.flatMap((each) => each.boxes)
      expect(boxes.length).toBeGreaterThan(0)
      for (const { x0, y0, x1, y1 } of boxes) {
        expect(x0).toBeGreaterThanOrEqual(0)
        expect(y0).toBeGreaterThanOrEqual(0)
        expect(x1).toBeGreaterThan(x0)
        expect(y1).toBeGreaterThan(y0)
        expect(x1).toBeLessThanOrEqual(columns)
        expect(y1).toBeLessThanOrEqual(rows)
      }
    }
  })

  test.each(PHANTOM_LABELS)('%s changes the pixels where it says it is', (label) => {
    const healthy = drawPhantom({ seed: 11, size: SMALL, findings: [], photometric: 'MONOCHROME2' })
    const ill = drawPhantom({ seed: 11, size: SMALL, findings: [label], photometric: 'MONOCHROME2' })
    const boxes = ill.findings.flatMap((each) => each.boxes)
    const inside = { sum: 0, count: 0 }
    const outside = { sum: 0, count: 0 }
    ill.pixels.forEach((value, index) => {
      const [x, y] = [index % ill.columns, Math.floor(index / ill.columns)]
      const within = boxes.some(({ x0, y0, x1, y1 }) => x >= x0 && x < x1 && y >= y0 && y < y1)
      const part = within ? inside : outside
      part.sum += Math.abs(value - (healthy.pixels[index] ?? 0))
      part.count += 1
    })
    expect(inside.sum / inside.count).toBeGreaterThan(60)
    expect(inside.sum / inside.count).toBeGreaterThan(6 * (outside.sum / outside.count))
  })
})
