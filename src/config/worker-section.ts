import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { count, duration, modelId, section, yesNo } from './values.ts'

/** With which model. */
export const model = section({
  id: modelId.default('phantom-densenet'),
  directory: z.string().optional(),
  allowDemonstration: yesNo.default(false),
})

export const analysis = section({
  children: count.prefault(availableParallelism()),
  timeout: duration.prefault('60s'),
  attempts: count.prefault(5),
})
