import { z } from 'zod'
import { aeTitle, duration, name, port, section } from './values.ts'

const destination = z.strictObject({
  name,
  aeTitle,
  host: z.string().min(1),
  port,
  callingAeTitle: aeTitle.optional(),
})

export const destinations = z.array(destination).default([])
export type Destination = z.infer<typeof destination>

export const delivery = section({
  timeout: duration.prefault('30s'),
  firstRetry: duration.prefault('5s'),
  longestRetry: duration.prefault('10m'),
})
