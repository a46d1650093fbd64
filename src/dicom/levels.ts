/** A number for every value that a pixel may have, by value from `least` on. */
export type Table = { readonly least: number; readonly table: Float32Array }

/** slope × (value − zero). */
export type Line = { readonly slope: number; readonly zero: number }

/** The same, but none below `low` and none above `high`. */
export type Ramp = Line & { readonly low: number; readonly high: number }

/** What becomes of a stored value; the straighter, the quicker. */
export type Levels = Table | Ramp | Line

/** Of a value that a pixel may have. */
export function levelOf(levels: Levels, value: number): number {
  if ('table' in levels) return levels.table[value - levels.least] ?? 0
  const level = levels.slope * (value - levels.zero)
  return 'low' in levels ? Math.min(levels.high, Math.max(levels.low, level)) : level
}

/** How far a ramp's levels may be from the table's, as a share of the largest: of 255 greys 0.002. */
const NEAR = 2 ** -17

/** The same levels without a table, where they are so straight in float32: as windows are. */
export function rampOf({ least, table }: Table): Ramp | undefined {
  const last = table.length - 1
  const [first, final] = [table[0] ?? 0, table[last] ?? 0]
  let [from, to] = [1, last - 1]
  while (from < to && table[from] === first) from++
  while (to > from && table[to] === final) to--
  const slope = Math.fround(((table[to] ?? 0) - (table[from] ?? 0)) / (to - from))
  const zero = Math.fround(least + from - (table[from] ?? 0) / slope)
  if (!Number.isFinite(zero)) return undefined
  const [low, high] = [Math.min(first, final), Math.max(first, final)]
  const near = NEAR * Math.max(Math.abs(low), Math.abs(high))
  for (let i = 0; i <= last; i++) {
    const straight = Math.fround(slope * Math.fround(least + i - zero))
    if (!(Math.abs(Math.min(high, Math.max(low, straight)) - (table[i] ?? 0)) <= near)) return undefined
  }
  return { slope, zero, low, high }
}
