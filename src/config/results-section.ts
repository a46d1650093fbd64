import { z } from 'zod'
import { REJECTION_REASONS } from '../study/rejection.ts'
import { section } from './values.ts'

/** What becomes of results that something newer takes the place of. */
export const results = section({
  superseded: z.enum(['keep', 'reject']).default('reject'),
  supersededReason: z.enum(REJECTION_REASONS).default('quality'),
})
