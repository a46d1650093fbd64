import { expect, test } from 'vitest'
import { mapBack } from '../../src/model/map-back.ts'

const crop = { top: 0, left: 2, rows: 4, columns: 4 }

test('a map lies on the crop, interpolated between half-pixel centres, zero beside it, 1 at its hottest', () => {
  const heat = mapBack(Float32Array.of(0, 2, 0, 2), 2, 2, crop, { rows: 4, columns: 8 })
  expect(heat).toMatchObject({ rows: 4, columns: 8, empty: false })
  for (let row = 0; row < 4; row++)
    expect(Array.from(heat.values.slice(row * 8, row * 8 + 8))).toEqual([0, 0, 0, 0.25, 0.75, 1, 0, 0])
})

test('rows are interpolated as columns are', () => {
  const heat = mapBack(
    Float32Array.of(0, 0, 4, 4),
    2,
    2,
    { top: 2, left: 0, rows: 4, columns: 4 },
    { rows: 8, columns: 4 },
  )
  expect(Array.from({ length: 8 }, (_, row) => heat.values[row * 4])).toEqual([0, 0, 0, 0.25, 0.75, 1, 0, 0])
})

test('a coarser target shows the same picture', () => {
  const map = Float32Array.from({ length: 49 }, (_, i) => (i === 24 ? 3 : i / 100))
  const radiograph = { rows: 2140, columns: 1760 }
  const window = { top: 190, left: 0, rows: 1760, columns: 1760 }
  const full = mapBack(map, 7, 7, window, radiograph)
  const coarse = mapBack(map, 7, 7, window, radiograph, { rows: 428, columns: 352 })
  expect(coarse.values.length).toBe(428 * 352)
  for (const [row, column] of [
    [214, 176],
    [100, 60],
    [300, 300],
    [10, 10],
  ] as const) {
    const here = coarse.values[row * 352 + column] ?? Number.NaN
    expect(here).toBeCloseTo(full.values[(row * 5 + 2) * 1760 + column * 5 + 2] ?? Number.NaN, 1)
  }
  expect(coarse.values.toSorted().at(-1)).toBe(1)
})

test('a map without any heat says so', () => {
  const heat = mapBack(new Float32Array(4), 2, 2, crop, { rows: 4, columns: 8 })
  expect(heat.empty).toBe(true)
  expect(heat.values.every((value) => value === 0)).toBe(true)
})
