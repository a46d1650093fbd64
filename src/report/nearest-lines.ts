import { openKernel, placesIn, Wasm } from '../dicom/web-assembly.ts'

/** Whole pixels. */
export type Area = { readonly top: number; readonly left: number; readonly bottom: number; readonly right: number }

/** How near lines are to the pixels of an area. */
export type Nearest = {
  readonly area: Area
  /** The squared distance of each pixel's centre, at most that of `reach`; row by row, one after `stride` others. */
  readonly squares: Float64Array
  readonly stride: number
  readonly reach: number
}

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
    ...[Wasm.leastOfF64, Wasm.storeVector, get(columns), get(local.two), plus, set(columns), step(cell, 16)],
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

/** `lines`: of each x, y, x, y. What the kernel's memory holds of an area is there until the next is asked for. */
export function nearest(lines: Float64Array, reach: number, area: Area): Nearest {
  const across = area.right - area.left
  // Pixels are done in twos: one may stand beyond each row.
  const stride = across + 2
  const at = placesIn(kernel, { told: 8 * (COLUMNS + 2), squares: 8 * stride * (area.bottom - area.top) })
  const told = new Float64Array(kernel.memory.buffer, at.told, COLUMNS + 2)
  const squares = new Float64Array(kernel.memory.buffer, at.squares, stride * (area.bottom - area.top))
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
  return { area, squares, stride, reach }
}
