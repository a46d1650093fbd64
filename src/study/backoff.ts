/** Doubles from `firstMs` up to `longestMs`, less up to half of it by chance so that many do not come back at once. */
export function backoffMs(attempts: number, firstMs: number, longestMs: number, chance: () => number = Math.random) {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(attempts - 1, 30))
  return Math.round(full * (1 - chance() / 2))
}
