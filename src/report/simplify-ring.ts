/** Column and row. */
export type Point = readonly [x: number, y: number]

function distance([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const length = Math.hypot(bx - ax, by - ay)
  if (length === 0) return Math.hypot(x - ax, y - ay)
  return Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length
}

/** Douglas and Peucker 1973, without recursion: a contour may be long. Keeps both ends. */
function simplifyLine(line: readonly Point[], tolerance: number): readonly Point[] {
  const keep = new Set([0, line.length - 1])
  const open: (readonly [number, number])[] = [[0, line.length - 1]]
  for (let range = open.pop(); range; range = open.pop()) {
    const [from, to] = range
    let farthest = { at: from, distance: tolerance }
    for (let at = from + 1; at < to; at++) {
      const [a, b, point] = [line[from], line[to], line[at]]
      const off = a && b && point ? distance(point, a, b) : 0
      if (off > farthest.distance) farthest = { at, distance: off }
    }
    if (farthest.at === from) continue
    keep.add(farthest.at)
    open.push([from, farthest.at], [farthest.at, to])
  }
  return line.filter((_, at) => keep.has(at))
}

/** A ring (first point not repeated) as a closed line of at most `maxPoints`: off by `least`, or as little more as that allows. */
export function simplifyRing(ring: readonly Point[], maxPoints: number, least: number): readonly Point[] {
  const first = ring[0]
  if (!first) return []
  // Split at the point farthest from the first, or a closed line would simplify to nothing.
  const from = ring.map(([x, y]) => Math.hypot(x - first[0], y - first[1]))
  const opposite = from.indexOf(Math.max(...from))
  for (let tolerance = least; ; tolerance *= 1.25) {
    const there = simplifyLine(ring.slice(0, opposite + 1), tolerance)
    const back = simplifyLine([...ring.slice(opposite), first], tolerance)
    const closed = [...there, ...back.slice(1)]
    if (closed.length <= maxPoints || closed.length <= 4) return closed
  }
}
