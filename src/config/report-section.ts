import { z } from 'zod'
import { section } from './values.ts'

/** What the results say. */
export const report = section({ codes: z.string().min(1).optional() })
