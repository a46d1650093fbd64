import type { HeatMap } from '../study/finding.ts'

/** `inside` is 1 for its pixels, row-major; the box's edges belong to it. */
export type Component = {
  readonly inside: Uint8Array
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

/** Pixels of one part stand together in `members`; `seen` is 1 for those that stand there. */
type Found = { readonly seen: Uint8Array; readonly members: Int32Array }

/** Puts what hangs together with `start` (4-neighbourhood) into `members` from `begin` on; returns where it ends. */
function flood(
  { rows, columns, values }: HeatMap,
  level: number,
  { seen, members }: Found,
  start: number,
  begin: number,
) {
  const put = (at: number, end: number): number => {
    if (seen[at] === 1 || (values[at] ?? 0) < level) return end
    seen[at] = 1
    members[end] = at
    return end + 1
  }
  let end = put(start, begin)
  for (let next = begin; next < end; next++) {
    const at = members[next] ?? 0
    const column = at % columns
    if (column > 0) end = put(at - 1, end)
    if (column < columns - 1) end = put(at + 1, end)
    if (at >= columns) end = put(at - columns, end)
    if (at < (rows - 1) * columns) end = put(at + columns, end)
  }
  return end
}

/** The largest connected part of a map at or above `level`; of equals the first in row order. */
export function largestComponent(map: HeatMap, level: number): Component | undefined {
  const { rows, columns, values } = map
  let hot = values.length
  for (let at = 0; at < values.length; at++) if ((values[at] ?? 0) < level) hot--
  const found: Found = { seen: new Uint8Array(values.length), members: new Int32Array(hot) }
  let largest = found.members.subarray(0, 0)
  for (let at = 0, begin = 0; begin < hot; at++) {
    if ((values[at] ?? 0) < level || found.seen[at] === 1) continue
    const end = flood(map, level, found, at, begin)
    if (end - begin > largest.length) largest = found.members.subarray(begin, end)
    begin = end
  }
  if (largest.length === 0) return undefined
  const inside = new Uint8Array(values.length)
  const box = { top: rows, bottom: 0, left: columns, right: 0 }
  for (let i = 0; i < largest.length; i++) {
    const at = largest[i] ?? 0
    const row = Math.floor(at / columns)
    const column = at - row * columns
    inside[at] = 1
    if (row < box.top) box.top = row
    if (row > box.bottom) box.bottom = row
    if (column < box.left) box.left = column
    if (column > box.right) box.right = column
  }
  return { inside, ...box }
}
