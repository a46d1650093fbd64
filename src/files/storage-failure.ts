import { errorCode, Failure } from '../failure.ts'

const FULL: readonly (string | undefined)[] = ['ENOSPC', 'EDQUOT']

/** Why the disk did not do as told: DISK_FULL or STORAGE_FAILED; a Failure stays as it is. */
export function storageFailure(cause: unknown): Failure {
  if (cause instanceof Failure) return cause
  const code = errorCode(cause)
  if (FULL.includes(code)) return new Failure('DISK_FULL', 'no space left on the device', { cause })
  return new Failure('STORAGE_FAILED', `the instance store failed: ${code ?? 'unknown error'}`, { cause })
}
