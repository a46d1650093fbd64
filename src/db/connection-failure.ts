import { errorCode, Failure, type FailureCode } from '../failure.ts'

/** SQLSTATE (PostgreSQL, appendix A) and system errors that say: not now, but perhaps soon. */
const CODE_OF: Record<string, FailureCode> = {
  '40001': 'DATABASE_UNAVAILABLE', // serialization_failure
  '40P01': 'DATABASE_UNAVAILABLE', // deadlock_detected
  '53100': 'DISK_FULL',
  '53200': 'DATABASE_UNAVAILABLE', // out_of_memory
  '53300': 'DATABASE_UNAVAILABLE', // too_many_connections
  '55P03': 'DATABASE_UNAVAILABLE', // lock_not_available
  '57014': 'DATABASE_UNAVAILABLE', // query_canceled: statement_timeout
  '57P01': 'DATABASE_UNAVAILABLE', // admin_shutdown
  '57P02': 'DATABASE_UNAVAILABLE', // crash_shutdown
  '57P03': 'DATABASE_UNAVAILABLE', // cannot_connect_now
  '57P05': 'DATABASE_UNAVAILABLE', // idle_session_timeout
}
const SYSTEM = /^(ECONN|ENOENT|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/
// pg gives these no code.
const LOST =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout)/

function codeOf(error: Error): FailureCode | undefined {
  const code = errorCode(error) ?? ''
  if (code.startsWith('08') || SYSTEM.test(code) || LOST.test(error.message)) return 'DATABASE_UNAVAILABLE'
  return CODE_OF[code]
}

/** A Failure when the server cannot be used now; anything else is a fault of ours and stays as it is. */
export function asConnectionFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  // pg hangs the client on the error, and with it the password.
  if ('client' in error) delete error.client
  const code = codeOf(error)
  if (!code) return error
  return new Failure(code, `PostgreSQL: ${error.message}`, { cause: error })
}
