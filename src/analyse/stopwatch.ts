/** Milliseconds of one stage after the other. */
export function stopwatch() {
  const laps: Record<string, number> = {}
  let last = performance.now()
  return {
    laps,
    lap(stage: string): void {
      const now = performance.now()
      laps[stage] = Math.round(now - last)
      last = now
    },
  }
}
