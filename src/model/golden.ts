import { z } from 'zod'
import { Failure } from '../failure.ts'

/** What a model answered to phantoms when it was made or imported, and must answer again. */
const golden = z.strictObject({
  /** Greatest difference of an output. */
  tolerance: z.number().positive(),
  cases: z
    .array(
      z.strictObject({
        /** As `drawPhantom` takes them. */
        seed: z.int(),
        size: z.int().positive().optional(),
        drawn: z.array(z.string()),
        outputs: z.array(z.number()).min(1),
      }),
    )
    .min(1),
})

export type Golden = z.infer<typeof golden>

/** @throws Failure MODEL_INVALID */
export function parseGolden(json: string): Golden {
  try {
    return golden.parse(JSON.parse(json))
  } catch (cause) {
    throw new Failure('MODEL_INVALID', "the model's golden cases cannot be read", { cause })
  }
}

/** The greatest difference of an output; NaN when there are not as many. */
export function greatestDifference(wanted: ArrayLike<number>, given: ArrayLike<number>): number {
  if (wanted.length !== given.length) return Number.NaN
  return Array.from(wanted, (value, i) => Math.abs(value - (given[i] ?? Number.NaN))).reduce(
    (a, b) => Math.max(a, b),
    0,
  )
}
