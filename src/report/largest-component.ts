import type { HeatMap } from '../study/finding.ts'

/** `inside` is 1 for its pixels, row-major; `first` is the first of them. */
export type Component = { readonly inside: Uint8Array; readonly first: number }

/** Pixels side by side in one row, from `begin` to before `end`; `before` is a run of the same part, itself if it is the first. */
type Run = { readonly begin: number; readonly end: number; before: number; pixels: number }

/** The runs at or above `level`, in row order, each joined with those right above it (4-neighbourhood). */
function joinedRuns({ rows, columns, values }: HeatMap, level: number): Run[] {
  const runs: Run[] = []
  let above = 0
  for (let row = 0; row < rows; row++) {
    const own = runs.length
    const endOfRow = (row + 1) * columns
    for (let at = row * columns; at < endOfRow; at++) {
      if ((values[at] ?? 0) < level) continue
      const begin = at
      while (at < endOfRow && (values[at] ?? 0) >= level) at++
      runs.push({ begin, end: at, before: runs.length, pixels: at - begin })
    }
    joinRows(runs, above, own, columns)
    above = own
  }
  return runs
}

/** Joins the runs of one row, from `own` on, with those of the row above, from `above` on. */
function joinRows(runs: Run[], above: number, own: number, columns: number): void {
  for (let upper = above, lower = own; upper < own && lower < runs.length; ) {
    const [high, low] = [runs[upper], runs[lower]]
    if (!high || !low) return
    if (high.begin + columns < low.end && low.begin < high.end + columns) join(runs, upper, lower)
    if (high.end + columns < low.end) upper++
    else lower++
  }
}

/** The first run of a run's part. */
function firstOf(runs: readonly Run[], at: number): number {
  let run = runs[at]
  while (run && run.before !== at) {
    at = run.before
    const next = runs[at]
    if (next) run.before = next.before
    run = next
  }
  return at
}

function join(runs: readonly Run[], one: number, other: number): void {
  const firsts = [firstOf(runs, one), firstOf(runs, other)]
  const [first, second] = [runs[Math.min(...firsts)], runs[Math.max(...firsts)]]
  if (!first || !second || first === second) return
  second.before = Math.min(...firsts)
  first.pixels += second.pixels
}

/** The largest connected part of a map at or above `level`; of equals the first in row order. */
export function largestComponent(map: HeatMap, level: number): Component | undefined {
  const runs = joinedRuns(map, level)
  let largest: Run | undefined
  for (const [at, run] of runs.entries()) if (run.before === at && run.pixels > (largest?.pixels ?? 0)) largest = run
  if (!largest) return undefined
  const inside = new Uint8Array(map.values.length)
  for (const [at, { begin, end }] of runs.entries()) if (runs[firstOf(runs, at)] === largest) inside.fill(1, begin, end)
  return { inside, first: largest.begin }
}
