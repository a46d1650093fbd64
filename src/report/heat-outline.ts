import type { HeatMap } from '../study/finding.ts'
import { largestComponent } from './largest-component.ts'
import { hottest, reducedMap } from './reduced-map.ts'
import { type Point, simplifyRing } from './simplify-ring.ts'

const SHARE_OF_MAXIMUM = 0.5
const MAX_POINTS = 64
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
type Step = { readonly to: string; readonly at: Point }

/** An edge by its upper or left corner, and where the level crosses it; values sit in pixel centres. */
function crossing(field: Field, level: number, row: number, column: number, edge: Edge): { key: string; at: Point } {
  const r = row + (edge === 'bottom' ? 1 : 0)
  const c = column + (edge === 'right' ? 1 : 0)
  const horizontal = edge === 'top' || edge === 'bottom'
  const from = field(r, c)
  const to = horizontal ? field(r, c + 1) : field(r + 1, c)
  const share = (level - from) / (to - from)
  const at: Point = horizontal ? [c + 0.5 + share, r + 0.5] : [c + 0.5, r + 0.5 + share]
  return { key: `${horizontal ? 'h' : 'v'}${r},${c}`, at }
}

type Box = { readonly top: number; readonly bottom: number; readonly left: number; readonly right: number }

function contourSteps(field: Field, level: number, box: Box): Map<string, Step> {
  const steps = new Map<string, Step>()
  const inside = (row: number, column: number) => (field(row, column) >= level ? 1 : 0)
  for (let row = box.top - 1; row <= box.bottom; row++) {
    for (let column = box.left - 1; column <= box.right; column++) {
      const corners =
        8 * inside(row, column) +
        4 * inside(row, column + 1) +
        2 * inside(row + 1, column + 1) +
        inside(row + 1, column)
      for (const [from, to] of STEPS[corners] ?? []) {
        const start = crossing(field, level, row, column, from)
        steps.set(start.key, { to: crossing(field, level, row, column, to).key, at: start.at })
      }
    }
  }
  return steps
}

function rings(steps: Map<string, Step>): Point[][] {
  const found: Point[][] = []
  for (const first of [...steps.keys()]) {
    const ring: Point[] = []
    for (let step = steps.get(first), key = first; step; step = steps.get(key)) {
      steps.delete(key)
      ring.push(step.at)
      key = step.to
    }
    if (ring.length > 2) found.push(ring)
  }
  return found
}

const area = (ring: readonly Point[]): number =>
  Math.abs(
    ring.reduce((sum, [x, y], i) => {
      const [nextX, nextY] = ring[(i + 1) % ring.length] ?? [x, y]
      return sum + x * nextY - nextX * y
    }, 0) / 2,
  )

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
  return rings(contourSteps(field, level, part)).sort((a, b) => area(b) - area(a))[0] ?? []
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
  return simplifyRing(ring, MAX_POINTS)
}
