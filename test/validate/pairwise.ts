type Row = readonly number[]

const pairsOf = (row: Row): string[] =>
  row.flatMap((a, i) => row.slice(i + 1).map((b, j) => `${i}=${a} ${i + 1 + j}=${b}`))

/** Every row there is, the last factor changing fastest. */
const allRows = (sizes: readonly number[]): Row[] =>
  sizes.reduce<Row[]>((rows, size) => rows.flatMap((row) => Array.from({ length: size }, (_, i) => [...row, i])), [[]])

/**
 * Rows (an index for each factor) in which every two values of two factors meet at least once; greedy, so few though not
 * fewest, and always the same.
 */
export function pairwise(sizes: readonly number[]): Row[] {
  const rows = allRows(sizes)
  const open = new Set(rows.flatMap(pairsOf))
  const chosen: Row[] = []
  const gain = (row: Row) => pairsOf(row).filter((pair) => open.has(pair)).length
  while (open.size > 0) {
    const best = rows.reduce((a, b) => (gain(b) > gain(a) ? b : a))
    for (const pair of pairsOf(best)) open.delete(pair)
    chosen.push(best)
  }
  return chosen
}
