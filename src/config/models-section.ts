import { z } from 'zod'
import { EXPLANATION_METHODS } from '../study/explanation.ts'
import { aeTitle, modelId, section } from './values.ts'

/** One, or a list. */
const oneOrMore = <T extends z.ZodType>(each: T) =>
  z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(each).min(1))

/** A key with nothing behind it is as good as none. */
const orEmpty = <T extends z.ZodType>(empty: z.input<T>, each: T) => z.preprocess((value) => value ?? empty, each)

const rule = z.strictObject({
  models: oneOrMore(modelId),
  callingAeTitle: oneOrMore(aeTitle).optional(),
  calledAeTitle: oneOrMore(aeTitle).optional(),
  modality: oneOrMore(z.enum(['CR', 'DX'])).optional(),
  view: oneOrMore(z.enum(['PA', 'AP', 'unsaid'])).optional(),
})

/** Which models see which images; `model.id` sees all when no rule is given. */
export const models = section({
  rules: orEmpty([], z.array(rule)),
  calibrations: orEmpty({}, z.record(modelId, z.string().min(1))),
  explanations: orEmpty({}, z.record(modelId, z.enum(EXPLANATION_METHODS))),
})

type Models = z.infer<typeof models>

/** What rules do not allow one another. */
export function modelContradictions({ rules, calibrations, explanations }: Models, id: string): string[] {
  const faults: string[] = []
  const used = rules.length > 0 ? rules.flatMap((each) => each.models) : [id]
  const whole = rules.findIndex(({ models: _, ...conditions }) => Object.keys(conditions).length === 0)
  if (whole >= 0 && whole < rules.length - 1)
    faults.push(`models.rules.${whole}: has no condition, so no rule after it is ever reached`)
  for (const [key, given] of Object.entries({ calibrations, explanations }))
    for (const each of Object.keys(given))
      if (!used.includes(each)) faults.push(`models.${key}.${each}: no rule uses this model`)
  return faults
}
