import { z } from 'zod'
import { Failure } from '../failure.ts'

const outputs = z.array(z.number()).min(1)

/** As `drawPhantom` takes them. */
const phantom = z.strictObject({
  seed: z.int(),
  size: z.int().positive().optional(),
  drawn: z.array(z.string()),
  outputs,
})

/** What the model gets, float32, little-endian, in a file beside. */
const tensor = z.strictObject({
  file: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, 'must be a plain file name'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  outputs,
})

/** What a model answered when it was made or imported, and must answer again. */
const golden = z.strictObject({
  /** Greatest difference of an output. */
  tolerance: z.number().positive(),
  cases: z.array(z.union([phantom, tensor])).min(1),
})

export type Golden = z.infer<typeof golden>
export type GoldenCase = Golden['cases'][number]

/** @throws Failure MODEL_INVALID */
export function parseGolden(json: string): Golden {
  try {
    return golden.parse(JSON.parse(json))
  } catch (cause) {
    throw new Failure('MODEL_INVALID', "the model's golden cases cannot be read", { cause })
  }
}

/** The files that golden cases name. */
export const goldenFiles = (json: string): string[] =>
  parseGolden(json).cases.flatMap((each) => ('file' in each ? [each.file] : []))

/** The greatest difference of an output; NaN when there are not as many. */
export function greatestDifference(wanted: ArrayLike<number>, given: ArrayLike<number>): number {
  if (wanted.length !== given.length) return Number.NaN
  return Array.from(wanted, (value, i) => Math.abs(value - (given[i] ?? Number.NaN))).reduce(
    (a, b) => Math.max(a, b),
    0,
  )
}
