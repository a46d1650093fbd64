/** Whether doing the same again can help. Ambiguous: the peer may have acted; repeating is safe because our UIDs are derived. */
export type Retry = 'transient' | 'permanent' | 'ambiguous'

const RETRY = {
  ASSOCIATION_ABORTED: 'ambiguous',
  ASSOCIATION_REJECTED: 'permanent',
  ASSOCIATION_REJECTED_TRANSIENT: 'transient',
  ATTEMPTS_EXHAUSTED: 'permanent',
  CERTIFICATE_INVALID: 'permanent',
  CONFIG_INVALID: 'permanent',
  CHILD_DIED: 'transient',
  CHILD_TIMED_OUT: 'transient',
  CONTENT_CONFLICT: 'permanent',
  DATA_SET_TOO_LARGE: 'permanent',
  DATA_SET_UNREADABLE: 'permanent',
  DATABASE_UNAVAILABLE: 'transient',
  DISK_FULL: 'transient',
  FILE_UNREADABLE: 'transient',
  HL7_FAILURE: 'transient',
  HL7_REFUSED: 'permanent',
  HTTP_FAILURE: 'transient',
  HTTP_REFUSED: 'permanent',
  HTTP_UNAUTHORIZED: 'permanent',
  IDENTITY_MISMATCH: 'permanent',
  INTERNAL: 'transient',
  MIGRATION_FAILED: 'permanent',
  MODEL_INVALID: 'permanent',
  NOT_FOUND: 'permanent',
  PEER_NOT_UNDERSTOOD: 'ambiguous',
  NOT_KEPT: 'permanent',
  PEER_SILENT: 'ambiguous',
  PEER_UNREACHABLE: 'transient',
  PIXELS_UNREADABLE: 'permanent',
  PORT_UNAVAILABLE: 'permanent',
  QUEUE_UNAVAILABLE: 'transient',
  QUOTA_EXCEEDED: 'transient',
  RESULT_INVALID: 'permanent',
  SOP_CLASS_MISMATCH: 'permanent',
  SOP_CLASS_REFUSED: 'permanent',
  STATUS_FAILURE: 'transient',
  STATUS_REFUSED: 'permanent',
  STORAGE_FAILED: 'transient',
  TLS_FAILED: 'transient',
  UID_INVALID: 'permanent',
  USAGE: 'permanent',
} as const satisfies Record<string, Retry>

export type FailureCode = keyof typeof RETRY

const isFailureCode = (code: string): code is FailureCode => code in RETRY
export const FAILURE_CODES: readonly FailureCode[] = Object.keys(RETRY).filter(isFailureCode)

/** What went wrong, by code. The message is for people and never carries patient data. */
export class Failure extends Error {
  readonly code: FailureCode
  /** How long whoever failed asks us to wait before the next try. */
  readonly retryAfterMs: number | undefined

  constructor(code: FailureCode, message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, options)
    this.name = 'Failure'
    this.code = code
    this.retryAfterMs = options.retryAfterMs
  }

  get retry(): Retry {
    return RETRY[this.code]
  }
}

/** What the system, a driver or a library calls an error: `ENOENT`. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/**
 * The Failure itself, or one of the given code around whatever else was thrown. Foreign messages may quote what they
 * choked on, a patient's name perhaps: of a system's or a database's error only its code is told.
 */
export function asFailure(error: unknown, code: FailureCode): Failure {
  if (error instanceof Failure) return error
  if (!(error instanceof Error)) return new Failure(code, 'something that is no error was thrown', { cause: error })
  const named = errorCode(error)
  return new Failure(code, named ? `${error.name} ${named}` : error.message, { cause: error })
}
