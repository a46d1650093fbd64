import type { HeatMap } from '../study/finding.ts'

/** `inside` is 1 for its pixels, row-major; the box's edges belong to it. */
export type Component = {
  readonly inside: Uint8Array
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

/** Marks with `id` what hangs together with `start` (4-neighbourhood); returns how many pixels. */
function flood({ rows, columns, values }: HeatMap, level: number, ids: Int32Array, start: number, id: number): number {
  const stack = [start]
  let size = 0
  ids[start] = id
  const visit = (at: number) => {
    if (ids[at] !== 0 || (values[at] ?? 0) < level) return
    ids[at] = id
    stack.push(at)
  }
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    size++
    const column = at % columns
    if (column > 0) visit(at - 1)
    if (column < columns - 1) visit(at + 1)
    if (at >= columns) visit(at - columns)
    if (at < (rows - 1) * columns) visit(at + columns)
  }
  return size
}

/** The largest connected part of a map at or above `level`; of equals the first in row order. */
export function largestComponent(map: HeatMap, level: number): Component | undefined {
  const ids = new Int32Array(map.values.length)
  let largest = { id: 0, size: 0 }
  let id = 0
  for (let at = 0; at < ids.length; at++) {
    if ((map.values[at] ?? 0) < level || ids[at] !== 0) continue
    id++
    const size = flood(map, level, ids, at, id)
    if (size > largest.size) largest = { id, size }
  }
  if (largest.id === 0) return undefined
  const inside = new Uint8Array(ids.length)
  const box = { top: map.rows, bottom: 0, left: map.columns, right: 0 }
  for (let at = 0; at < ids.length; at++) {
    if (ids[at] !== largest.id) continue
    inside[at] = 1
    const row = Math.floor(at / map.columns)
    const column = at % map.columns
    box.top = Math.min(box.top, row)
    box.bottom = Math.max(box.bottom, row)
    box.left = Math.min(box.left, column)
    box.right = Math.max(box.right, column)
  }
  return { inside, ...box }
}
