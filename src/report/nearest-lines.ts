import { openKernel, placesIn, Wasm } from '../dicom/web-assembly.ts'

/** Whole pixels. */
export type Area = { readonly top: number; readonly left: number; readonly bottom: number; readonly right: number }

/** The pixels that are covered at all, and how much, 1 to 255; on an area of fewer than 2^15 rows and columns. */
export type Coverage = { readonly rows: Int16Array; readonly columns: Int16Array; readonly shares: Uint8Array }

/** What the kernel is told of a line and where it begins, each twice; the columns of the first two pixels. */
const TOLD = ['x', 'y', 'dx', 'dy', 'squared', 'row', 'zero', 'one', 'two'] as const
const COLUMNS = TOLD.length

/** squares[pixel] = min(squares[pixel], squared distance from a line), two pixels of a row at a time. */
function openLineKernel() {
  const { get, set, add, step, addF64: plus, subtractF64: minus, multiplyF64: times, divideF64: by } = Wasm
  const [told, from, end, width, stride, cell, endOfRow] = [0, 1, 2, 3, 4, 5, 6]
  const local = { x: 7, y: 8, dx: 9, dy: 10, squared: 11, row: 12, zero: 13, one: 14, two: 15 }
  const [columns, over, down, near] = [16, 17, 18, 19]
  const inside = [...get(local.zero), ...Wasm.mostOfF64, ...get(local.one), ...Wasm.leastOfF64]
  /** What is left of a distance along one axis from the nearest point of the line. */
  const aside = (distance: number, along: number) =>
    [get(distance), get(near), get(along), times, minus, set(distance)].flat()
  const pixels = [
    ...[get(columns), get(local.x), minus, set(over), get(local.row), get(local.y), minus, set(down)],
    ...[get(over), get(local.dx), times, get(down), get(local.dy), times, plus, get(local.squared), by, inside],
    ...[set(near), aside(over, local.dx), aside(down, local.dy)],
    ...[get(cell), get(cell), Wasm.loadVector(0), get(over), get(over), times, get(down), get(down), times, plus],
    ...[Wasm.leastOfF64, Wasm.storeVector(0), get(columns), get(local.two), plus, set(columns), step(cell, 16)],
  ]
  const row = [
    ...[get(from), set(cell), get(from), get(width), add, set(endOfRow)],
    ...[get(told), Wasm.loadVector(8 * COLUMNS), set(columns), Wasm.loopWhileBelow(cell, endOfRow, pixels)],
    ...[get(local.row), get(local.one), plus, set(local.row), get(from), get(stride), add, set(from)],
  ]
  const read = TOLD.map((name, i) => [...get(told), ...Wasm.loadBoth(8 * i), ...set(local[name])])
  const body = [...read, Wasm.loopWhileBelow(from, end, row)]
  return openKernel([{ name: 'nearer', parameters: 5, integers: 2, vectors: 13, body }])
}

const kernel = openLineKernel()

/** Puts the squared distance of each pixel's centre from the nearest of the lines, at most that of `reach`; one row after `stride` others. */
function squaresNear(lines: Float64Array, reach: number, area: Area, stride: number): Float64Array {
  const places = stride * (area.bottom - area.top)
  const at = placesIn(kernel, { told: 8 * (COLUMNS + 2), squares: 8 * places })
  const told = new Float64Array(kernel.memory.buffer, at.told, COLUMNS + 2)
  const squares = new Float64Array(kernel.memory.buffer, at.squares, places)
  squares.fill(reach * reach)
  told.set([0, 1, 2], TOLD.indexOf('zero'))
  for (let i = 0; i < lines.length; i += 4) {
    const x = lines[i] ?? 0
    const y = lines[i + 1] ?? 0
    const dx = (lines[i + 2] ?? 0) - x
    const dy = (lines[i + 3] ?? 0) - y
    const left = Math.max(area.left, Math.floor(x + Math.min(0, dx) - reach))
    const right = Math.min(area.right, Math.ceil(x + Math.max(0, dx) + reach))
    const top = Math.max(area.top, Math.floor(y + Math.min(0, dy) - reach))
    const bottom = Math.min(area.bottom, Math.ceil(y + Math.max(0, dy) + reach))
    if (left >= right || top >= bottom) continue
    told[0] = x
    told[1] = y
    told[2] = dx
    told[3] = dy
    told[4] = dx * dx + dy * dy || 1
    told[5] = top + 0.5
    told[COLUMNS] = left + 0.5
    told[COLUMNS + 1] = left + 1.5
    const from = at.squares + 8 * ((top - area.top) * stride + left - area.left)
    const end = from + 8 * (bottom - top) * stride
    kernel.nearer(at.told, from, end, 8 * (right - left), 8 * stride)
  }
  return squares
}

/** How far from a line of this width a pixel's centre may be and still be covered a little. */
const reachOf = (width: number): number => width / 2 + 0.5

/** The pixels that lines of this width may touch. */
export function touchedBy(lines: Float64Array, width: number): Area {
  const reach = reachOf(width)
  let [left, top] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  let [right, bottom] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < lines.length; i += 2) {
    const x = lines[i] ?? 0
    const y = lines[i + 1] ?? 0
    if (x < left) left = x
    if (x > right) right = x
    if (y < top) top = y
    if (y > bottom) bottom = y
  }
  return {
    top: Math.floor(top - reach),
    left: Math.floor(left - reach),
    bottom: Math.ceil(bottom + reach),
    right: Math.ceil(right + reach),
  }
}

/** What two areas share; its end may be before its beginning. */
export const shared = (one: Area, other: Area): Area => ({
  top: Math.max(one.top, other.top),
  left: Math.max(one.left, other.left),
  bottom: Math.min(one.bottom, other.bottom),
  right: Math.min(one.right, other.right),
})

type Room = Coverage & { pixels: number }

/** Kept from answer to answer. */
const rooms: Room[] = []

/** One of them, emptied, for so many pixels. */
function roomOf(i: number, pixels: number): Room {
  const before = rooms[i]
  const room =
    before && before.shares.length >= pixels
      ? before
      : { rows: new Int16Array(pixels), columns: new Int16Array(pixels), shares: new Uint8Array(pixels), pixels: 0 }
  room.pixels = 0
  rooms[i] = room
  return room
}

/**
 * Lines of x, y, x, y, round at their ends and where they meet: a pixel of the area is covered by how near its centre is
 * to the nearest of them. The answer is good until the next one.
 */
export function coverageBy(lines: Float64Array, width: number, area: Area): Coverage {
  const [coverage] = coveragesBy(lines, [width], area)
  return coverage ?? roomOf(0, 0)
}

/** Of the same lines in several widths, the widest first. */
export function coveragesBy(lines: Float64Array, widths: readonly number[], area: Area): Coverage[] {
  const across = area.right - area.left
  // Pixels are done in twos: one may stand beyond each row.
  const stride = across + 2
  const reaches = widths.map(reachOf)
  const farthest = (reaches[0] ?? 0) ** 2
  const squares = squaresNear(lines, reaches[0] ?? 0, area, stride)
  const made = widths.map((_, i) => roomOf(i, across * (area.bottom - area.top)))
  for (let row = area.top, at = 0; row < area.bottom; row++, at += stride - across)
    for (let column = area.left; column < area.right; column++, at++) {
      const squared = squares[at] ?? 0
      if (squared < farthest) put(made, reaches, row, column, Math.sqrt(squared))
    }
  return made.map(({ rows, columns, shares, pixels }) => ({
    ...{ rows: rows.subarray(0, pixels), columns: columns.subarray(0, pixels), shares: shares.subarray(0, pixels) },
  }))
}

/** Takes one pixel to those of each reach, if it covers any of it. */
function put(made: readonly Room[], reaches: readonly number[], row: number, column: number, distance: number): void {
  for (let i = 0; i < made.length; i++) {
    const share = Math.trunc(255 * Math.min(1, (reaches[i] ?? 0) - distance))
    const room = made[i]
    if (share <= 0 || !room) continue
    room.rows[room.pixels] = row
    room.columns[room.pixels] = column
    room.shares[room.pixels++] = share
  }
}
