import { Failure } from '../failure.ts'

const FULL: readonly unknown[] = ['ENOSPC', 'EDQUOT']

export const errorCode = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined

/** Why the disk did not do as told: DISK_FULL or STORAGE_FAILED; a Failure stays as it is. */
export function storageFailure(cause: unknown): Failure {
  if (cause instanceof Failure) return cause
  const code = errorCode(cause)
  if (FULL.includes(code)) return new Failure('DISK_FULL', 'no space left on the device', { cause })
  return new Failure('STORAGE_FAILED', `the instance store failed: ${String(code ?? 'unknown error')}`, { cause })
}
