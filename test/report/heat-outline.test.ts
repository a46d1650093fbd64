import { describe, expect, test } from 'vitest'
import { heatOutline } from '../../src/report/heat-outline.ts'
import type { HeatMap } from '../../src/study/finding.ts'
import { emptyMap, spots } from './synthetic-result.ts'

/** One character a pixel: `.` 0, digits tenths, `#` 1. */
function drawn(...lines: string[]): HeatMap {
  const values = Float32Array.from(lines.join(''), (c) => (c === '#' ? 1 : c === '.' ? 0 : Number(c) / 10))
  return { rows: lines.length, columns: lines[0]?.length ?? 0, values, empty: false }
}

const area = (ring: readonly (readonly [number, number])[]) =>
  Math.abs(ring.slice(1).reduce((sum, [x, y], i) => sum + (ring[i]?.[0] ?? 0) * y - x * (ring[i]?.[1] ?? 0), 0) / 2)

describe('the outline of a heat map at half of its maximum', () => {
  test('crosses half-way between a hot pixel and its cold neighbours', () => {
    const outline = heatOutline(drawn('.....', '.###.', '.###.', '.....'))
    const [xs, ys] = [outline.map(([x]) => x), outline.map(([, y]) => y)]
    expect([Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]).toEqual([1, 4, 1, 3])
    expect(area(outline)).toBeGreaterThan(5)
  })

  test('is closed', () => {
    for (const map of [spots(50, 40), drawn('#'), drawn('###', '#.#', '###')])
      expect(heatOutline(map)[0]).toEqual(heatOutline(map).at(-1))
  })

  test('follows the level between pixel centres', () => {
    const outline = heatOutline(drawn('....', '.#8.', '....'))
    expect(Math.max(...outline.map(([x]) => x))).toBeCloseTo(2.5 + 0.3 / 0.8, 5)
  })

  test('is that of the largest part, not of the hottest', () => {
    const outline = heatOutline(drawn('#......', '......8', '..888..', '..888..', '.......'))
    expect(Math.min(...outline.map(([x]) => x))).toBeGreaterThan(1.5)
    expect(Math.max(...outline.map(([x]) => x))).toBeLessThan(5.5)
    expect(Math.min(...outline.map(([, y]) => y))).toBeGreaterThan(1)
  })

  test('is the outer one of a ring', () => {
    expect(area(heatOutline(drawn('.....', '.###.', '.#.#.', '.###.', '.....')))).toBeGreaterThan(7)
  })

  test('stays within the image', () => {
    const outline = heatOutline(drawn('##', '##'))
    for (const [x, y] of outline) {
      expect(x).toBeGreaterThanOrEqual(0)
      expect(x).toBeLessThanOrEqual(2)
      expect(y).toBeGreaterThanOrEqual(0)
      expect(y).toBeLessThanOrEqual(2)
    }
    expect(area(outline)).toBeGreaterThan(3)
  })

  test('has 64 points at most and still the area of the shape', () => {
    const size = 400
    const wave = Float32Array.from({ length: size * size }, (_, at) => {
      const [dy, dx] = [Math.floor(at / size) - 200, (at % size) - 200]
      return Math.hypot(dx, dy) < 120 + 25 * Math.sin(9 * Math.atan2(dy, dx)) ? 1 : 0
    })
    const outline = heatOutline({ rows: size, columns: size, values: wave, empty: false })
    const pixels = wave.reduce((sum, value) => sum + value, 0)
    expect(outline.length).toBeLessThanOrEqual(64)
    expect(outline.length).toBeGreaterThan(40)
    expect(Math.abs(area(outline) - pixels) / pixels).toBeLessThan(0.03)
  })

  test('is the same shape whether the map is on a small grid or on the pixels of a radiograph', () => {
    const bounds = (map: HeatMap) => {
      const outline = heatOutline(map)
      const xs = outline.map(([x]) => x / map.columns)
      const ys = outline.map(([, y]) => y / map.rows)
      return [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
    }
    const large = bounds(spots(1300, 1037))
    for (const [i, edge] of bounds(spots(260, 208)).entries()) expect(large[i]).toBeCloseTo(edge, 2)
  })

  test('is none for an empty map', () => {
    expect(heatOutline(emptyMap)).toEqual([])
    expect(heatOutline({ ...emptyMap, empty: false })).toEqual([])
  })
})
