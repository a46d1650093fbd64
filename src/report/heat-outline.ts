import type { HeatMap } from '../study/finding.ts'
import { largestComponent } from './largest-component.ts'
import { hottest, reducedMap } from './reduced-map.ts'
import { type Point, simplifyRing } from './simplify-ring.ts'

const SHARE_OF_MAXIMUM = 0.5
const MAX_POINTS = 64
/** How far off the outline may be at least, as a share of the map's long side: less is not seen on a page. */
const UNSEEN = 1 / 2048
/** A finer grid would only cost time: the maps are smooth, the outline has few points. */
const LONGEST = 512

type Edge = 'top' | 'right' | 'bottom' | 'left'

/** Marching squares: for corners tl 8, tr 4, br 2, bl 1 the steps from edge to edge with the inside on the right. */
const STEPS: readonly (readonly (readonly [Edge, Edge])[])[] = [
  [],
  [['left', 'bottom']],
  [['bottom', 'right']],
  [['left', 'right']],
  [['right', 'top']],
  [
    ['left', 'bottom'],
    ['right', 'top'],
  ],
  [['bottom', 'top']],
  [['left', 'top']],
  [['top', 'left']],
  [['top', 'bottom']],
  [
    ['top', 'left'],
    ['bottom', 'right'],
  ],
  [['top', 'right']],
  [['right', 'left']],
  [['right', 'bottom']],
  [['bottom', 'left']],
  [],
]

type Field = (row: number, column: number) => number

/** Where the level crosses a cell's edge: column and row; values sit in pixel centres. */
function crossing(field: Field, level: number, row: number, column: number, edge: Edge): Point {
  const r = row + (edge === 'bottom' ? 1 : 0)
  const c = column + (edge === 'right' ? 1 : 0)
  const horizontal = edge === 'top' || edge === 'bottom'
  const from = field(r, c)
  const to = horizontal ? field(r, c + 1) : field(r + 1, c)
  const share = (level - from) / (to - from)
  return horizontal ? [c + 0.5 + share, r + 0.5] : [c + 0.5, r + 0.5 + share]
}

/** The cell beyond an edge, and how that edge is called there. */
const BEYOND = {
  top: { down: -1, across: 0, edge: 'bottom' },
  bottom: { down: 1, across: 0, edge: 'top' },
  left: { down: 0, across: -1, edge: 'right' },
  right: { down: 0, across: 1, edge: 'left' },
} as const satisfies Record<Edge, { down: number; across: number; edge: Edge }>

/** The ring around a part, from above the first of its pixels on. A cell is named by the pixel of its upper left corner. */
function ringAround(field: Field, level: number, firstRow: number, firstColumn: number): readonly Point[] {
  const inside = (row: number, column: number) => (field(row, column) >= level ? 1 : 0)
  const ring: Point[] = []
  const start = { row: firstRow - 1, column: firstColumn - 1, edge: 'bottom' } as const
  let [row, column, edge]: [number, number, Edge] = [start.row, start.column, start.edge]
  do {
    const corners =
      8 * inside(row, column) + 4 * inside(row, column + 1) + 2 * inside(row + 1, column + 1) + inside(row + 1, column)
    const [, to] = STEPS[corners]?.find(([from]) => from === edge) ?? []
    if (!to) throw new RangeError('a contour of a map does not close')
    ring.push(crossing(field, level, row, column, edge))
    row += BEYOND[to].down
    column += BEYOND[to].across
    edge = BEYOND[to].edge
  } while (row !== start.row || column !== start.column || edge !== start.edge)
  return ring
}

function outerRing(map: HeatMap): readonly Point[] {
  const level = hottest(map) * SHARE_OF_MAXIMUM
  const part = level > 0 ? largestComponent(map, level) : undefined
  if (!part) return []
  const { rows, columns, values } = map
  const field: Field = (row, column) => {
    if (row < 0 || column < 0 || row >= rows || column >= columns) return 0
    const at = row * columns + column
    const value = values[at] ?? 0
    return value >= level && part.inside[at] !== 1 ? 0 : value
  }
  return ringAround(field, level, Math.floor(part.first / columns), part.first % columns)
}

/** Page, report and presentation state each ask for the same one. */
const outlines = new WeakMap<HeatMap, readonly Point[]>()

/**
 * The outer outline of the largest connected part at or above half of the map's maximum: column and row in the map's
 * pixels (0, 0 is the top left corner), closed, 64 points at most; [] for an empty map.
 */
export function heatOutline(map: HeatMap): readonly Point[] {
  const known = outlines.get(map)
  if (known) return known
  const outline = outlineOf(map)
  outlines.set(map, outline)
  return outline
}

function outlineOf(map: HeatMap): readonly Point[] {
  if (map.empty) return []
  const { map: reduced, factor } = reducedMap(map, LONGEST)
  const within = (value: number, most: number) => Math.min(Math.max(value * factor, 0), most)
  const ring = outerRing(reduced).map(([x, y]): Point => [within(x, map.columns), within(y, map.rows)])
  return simplifyRing(ring, MAX_POINTS, UNSEEN * Math.max(map.rows, map.columns))
}
