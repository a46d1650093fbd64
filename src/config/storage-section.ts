import { z } from 'zod'
import { age, section, size } from './values.ts'

/** Where everything is kept, and how much room must stay. */
export const storage = section({
  directory: z.string().min(1).default('/var/lib/mcads'),
  minimumFree: size.prefault('1GB'),
  lowFree: size.optional(),
  maximumQuarantine: size.prefault('10GB'),
})

/** When what is done with leaves; by itself nothing does. */
export const retention = section({ pixels: age.optional(), results: age.optional(), quarantine: age.optional() })

type Storage = { readonly minimumFree: number; readonly lowFree?: number | undefined }
type Retention = { readonly pixels?: number | undefined; readonly results?: number | undefined }

/** Below this no new association is accepted: twice what must stay free, unless configured. */
export const lowFreeOf = ({ minimumFree, lowFree }: Storage): number => lowFree ?? 2 * minimumFree

/** What is wrong with them as a whole. */
export function storageContradictions(storage: Storage, { pixels, results }: Retention): string[] {
  const faults: string[] = []
  if (lowFreeOf(storage) < storage.minimumFree) faults.push('storage.lowFree: may not be less than storage.minimumFree')
  if (results !== undefined && (pixels === undefined || pixels > results))
    faults.push('retention.results: pixels leave before results do, so retention.pixels must be set, and no longer')
  return faults
}
