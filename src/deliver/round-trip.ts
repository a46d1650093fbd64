/** How long the work takes. */
export async function roundTrip(work: () => Promise<unknown>): Promise<{ roundTripMs: number }> {
  const startedAt = performance.now()
  await work()
  return { roundTripMs: performance.now() - startedAt }
}
