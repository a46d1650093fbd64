/** Lines a curve becomes: enough for letters of any size that pages have. */
const STEPS = 10

type Point = readonly [x: number, y: number]

/** A cubic Bézier curve's point after a share of it. */
function onCurve([a, b, c, d]: readonly [number, number, number, number], share: number): number {
  const rest = 1 - share
  return rest ** 3 * a + 3 * rest ** 2 * share * b + 3 * rest * share ** 2 * c + share ** 3 * d
}

function curve(from: Point, [x1 = 0, y1 = 0, x2 = 0, y2 = 0, x = 0, y = 0]: readonly number[]): Point[] {
  return Array.from({ length: STEPS }, (_, i): Point => {
    const share = (i + 1) / STEPS
    return [onCurve([from[0], x1, x2, x], share), onCurve([from[1], y1, y2, y], share)]
  })
}

/** Part of an ellipse whose axes lie along the page's, SVG 2 appendix B.2.4. */
function arc(from: Point, [rx = 1, ry = 1, , large, sweep, x = 0, y = 0]: readonly number[]): Point[] {
  const [halfX, halfY] = [(from[0] - x) / 2 / rx, (from[1] - y) / 2 / ry]
  const stretch = Math.max(1, Math.hypot(halfX, halfY))
  const length = (halfX ** 2 + halfY ** 2) / stretch ** 2
  const aside = Math.sqrt((1 - length) / length) * (large === sweep ? -1 : 1)
  const [unitX, unitY] = [halfX / stretch, halfY / stretch]
  const [centreX, centreY] = [aside * unitY, -aside * unitX]
  const start = Math.atan2(unitY - centreY, unitX - centreX)
  const turn = Math.atan2(-unitY - centreY, -unitX - centreX) - start
  const angle = sweep ? (turn + 2 * Math.PI) % (2 * Math.PI) : (turn - 2 * Math.PI) % (2 * Math.PI)
  const middle = [(from[0] + x) / 2 + centreX * rx * stretch, (from[1] + y) / 2 + centreY * ry * stretch] as const
  return Array.from({ length: STEPS }, (_, i): Point => {
    const at = start + (angle * (i + 1)) / STEPS
    return [middle[0] + Math.cos(at) * rx * stretch, middle[1] + Math.sin(at) * ry * stretch]
  })
}

/** Where a path's command leads from a point; nothing where it draws nothing. */
function step(command: string, values: readonly number[], from: Point, start: Point): readonly Point[] {
  const [first = 0, second = 0] = values
  if (command === 'C') return curve(from, values)
  if (command === 'A') return arc(from, values)
  if (command === 'H') return [[first, from[1]]]
  if (command === 'V') return [[from[0], first]]
  return command === 'Z' ? [start] : [[first, second]]
}

/** The lines of a path in SVG's notation (M, L, H, V, C, A, Z; arcs not rotated): of each x, y, x, y. */
export function linesOf(path: string): Float64Array {
  const lines: number[] = []
  let [start, from]: Point[] = [
    [0, 0],
    [0, 0],
  ]
  for (const [, command = '', text = ''] of path.matchAll(/([MLHVCAZ])([^MLHVCAZ]*)/g)) {
    const values = (text.match(/-?\d*\.?\d+/g) ?? []).map(Number)
    for (const to of step(command, values, from ?? [0, 0], start ?? [0, 0])) {
      if (command === 'M') start = to
      else lines.push(...(from ?? to), ...to)
      from = to
    }
  }
  return Float64Array.from(lines)
}
