import fc from 'fast-check'
import { afterAll } from 'vitest'

/** `npm run test:fuzz` asks for 100 000 in all; the sample of `npm test` takes some seconds. */
const CASES = Number(process.env.FUZZ_CASES ?? 4000)
/** Printed, and what makes a run repeatable. */
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)
/** Of one property, at most. */
const LONGEST_MS = CASES > 10_000 ? 600_000 : 60_000

const counts = new Map<string, { cases: number; taken: number }>()
afterAll(() => {
  const told = [...counts].map(([name, { cases, taken }]) => `${cases} ${name} (${taken} taken)`)
  process.stdout.write(`fuzz, FUZZ_SEED=${SEED}: ${told.join(', ')}\n`)
})

/**
 * Checks a property in a share of all cases (in per cent). What was counted is printed, with how many were not refused:
 * `holds` says so.
 */
export async function fuzz<T>(
  name: string,
  share: number,
  cases: fc.Arbitrary<T>,
  holds: (one: T) => boolean | Promise<boolean>,
) {
  const numRuns = Math.max(1, Math.round((CASES * share) / 100))
  const property = fc.asyncProperty(cases, async (one) => {
    const taken = await holds(one)
    const count = counts.get(name) ?? { cases: 0, taken: 0 }
    counts.set(name, { cases: count.cases + 1, taken: count.taken + Number(taken) })
  })
  await fc.assert(property, {
    ...{ numRuns, seed: SEED, interruptAfterTimeLimit: LONGEST_MS, markInterruptAsFailure: true, endOnFailure: false },
  })
}
