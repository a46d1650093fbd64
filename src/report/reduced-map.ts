import type { HeatMap } from '../study/finding.ts'

/** Outline and overlay ask for the same one. */
const known = new WeakMap<HeatMap, number>()

/** The hottest value of a map; 0 for an empty one. */
export function hottest(map: HeatMap): number {
  const before = known.get(map)
  if (before !== undefined) return before
  const { values } = map
  let most = 0
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0
    if (value > most) most = value
  }
  known.set(map, most)
  return most
}

/** Means of `factor` × `factor` pixels, so that the long side is at most `longest`; the map itself where it already is. */
export function reducedMap(map: HeatMap, longest: number): { map: HeatMap; factor: number } {
  const factor = Math.ceil(Math.max(map.rows, map.columns) / longest)
  if (factor <= 1) return { map, factor: 1 }
  const rows = Math.ceil(map.rows / factor)
  const columns = Math.ceil(map.columns / factor)
  const sums = new Float64Array(rows * columns)
  const counts = new Uint32Array(rows * columns)
  for (let row = 0; row < map.rows; row++) {
    const line = Math.floor(row / factor) * columns
    for (let column = 0; column < map.columns; column++) {
      const to = line + Math.floor(column / factor)
      sums[to] = (sums[to] ?? 0) + (map.values[row * map.columns + column] ?? 0)
      counts[to] = (counts[to] ?? 0) + 1
    }
  }
  const values = Float32Array.from(sums, (sum, at) => sum / (counts[at] ?? 1))
  return { map: { ...map, rows, columns, values }, factor }
}
