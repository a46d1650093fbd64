import type { HeatMap } from '../study/finding.ts'

/** `inside` is 1 for its pixels, row-major; the box's edges belong to it. */
export type Component = {
  readonly inside: Uint8Array
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

/** Marks with `id` what hangs together with `start` (4-neighbourhood); returns how many pixels. `open`: room for all. */
function flood(
  { rows, columns, values }: HeatMap,
  level: number,
  ids: Int32Array,
  open: Int32Array,
  start: number,
  id: number,
): number {
  let [size, waiting] = [0, 0]
  const visit = (at: number) => {
    if (ids[at] !== 0 || (values[at] ?? 0) < level) return
    ids[at] = id
    open[waiting++] = at
  }
  for (visit(start); waiting > 0; size++) {
    const at = open[--waiting] ?? 0
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
  const open = new Int32Array(map.values.length)
  let largest = { id: 0, size: 0 }
  let id = 0
  for (let at = 0; at < ids.length; at++) {
    if ((map.values[at] ?? 0) < level || ids[at] !== 0) continue
    id++
    const size = flood(map, level, ids, open, at, id)
    if (size > largest.size) largest = { id, size }
  }
  if (largest.id === 0) return undefined
  const inside = new Uint8Array(ids.length)
  const box = { top: map.rows, bottom: 0, left: map.columns, right: 0 }
  for (let row = 0, at = 0; row < map.rows; row++)
    for (let column = 0; column < map.columns; column++, at++) {
      if (ids[at] !== largest.id) continue
      inside[at] = 1
      box.bottom = row
      if (row < box.top) box.top = row
      if (column < box.left) box.left = column
      if (column > box.right) box.right = column
    }
  return { inside, ...box }
}
