import type { Db } from '../db/schema.ts'
import { findBytesBySender } from '../db/sender-bytes.ts'
import { Failure } from '../failure.ts'

export type Quota = { readonly bytes: number; readonly per: number }

/** So that one noisy sender does not fill the node: what each calling AE title may bring within a time. */
export type Quotas = {
  /** Why nothing more is taken from it now. */
  exceededBy(callingAeTitle: string): Failure | undefined
  /** It brought so much more. */
  took(callingAeTitle: string, bytes: number): void
  /** Counts anew, from the rows, what all receivers of the node took. @throws Failure DATABASE_UNAVAILABLE */
  count(): Promise<void>
}

/** Without a quota everybody may bring whatever there is room for. */
export function openQuotas(db: Db, quota: Quota | undefined): Quotas {
  let counted = new Map<string, number>()
  return {
    exceededBy(callingAeTitle) {
      const bytes = counted.get(callingAeTitle) ?? 0
      if (!quota || bytes < quota.bytes) return undefined
      const words = `'${callingAeTitle}' has brought ${gigabytes(bytes)} within ${quota.per / 3_600_000} h, its quota`
      return new Failure('QUOTA_EXCEEDED', `${words} is ${gigabytes(quota.bytes)} (dicom.limits.quota)`)
    },
    took: (callingAeTitle, bytes) => void counted.set(callingAeTitle, (counted.get(callingAeTitle) ?? 0) + bytes),
    async count() {
      if (quota) counted = await findBytesBySender(db, quota.per)
    },
  }
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(3)} GB`
