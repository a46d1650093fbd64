import { Failure, type FailureCode } from '../failure.ts'

/** DIMSE statuses we answer or understand, PS3.4 Table B.2-1 and PS3.7 Annex C. The only place where their values stand. */
export const Status = {
  Success: 0x0000,
  SopClassNotSupported: 0x0122,
  InvalidObjectInstance: 0x0117,
  ProcessingFailure: 0x0110,
  NoSuchEventType: 0x0113,
  InvalidArgumentValue: 0x0115,
  NoSuchActionType: 0x0123,
  /** Of no C-STORE in PS3.4, but answered by PACS that hold the SOP Instance UID already. */
  DuplicateSopInstance: 0x0111,
  NotAuthorized: 0x0124,
  UnrecognizedOperation: 0x0211,
  ResourceLimitation: 0x0213,
  OutOfResources: 0xa700,
  DataSetDoesNotMatchSopClass: 0xa900,
  CannotUnderstand: 0xc000,
} as const

/** Failure Reason (0008,1197) of a storage commitment, PS3.3 section C.14.1.1. */
export const FailureReason = {
  ProcessingFailure: 0x0110,
  NoSuchObjectInstance: 0x0112,
  ClassInstanceConflict: 0x0119,
  SopClassNotSupported: 0x0122,
  DuplicateTransactionUid: 0x0131,
  ResourceLimitation: 0x0213,
} as const

export type StatusClass = 'Success' | 'Pending' | 'Cancel' | 'Warning' | 'Failure'

/** PS3.7 Annex C. */
export function classOf(status: number): StatusClass {
  if (status === 0x0000) return 'Success'
  if (status === 0xff00 || status === 0xff01) return 'Pending'
  if (status === 0xfe00) return 'Cancel'
  if (status === 0x0001 || status === 0x0107 || status === 0x0116 || status >> 12 === 0xb) return 'Warning'
  return 'Failure'
}

type Answer = { readonly status: number; readonly comment: string }
const outOfResources = (comment: string): Answer => ({ status: Status.OutOfResources, comment })
const processingFailure: Answer = { status: Status.ProcessingFailure, comment: 'Processing failure' }

/** What a C-STORE is answered, PS3.4 Table B.2-1, with an Error Comment (LO). Complete, or it does not compile. */
const ANSWERS: Readonly<Record<FailureCode, Answer>> = {
  ASSOCIATION_ABORTED: processingFailure,
  ASSOCIATION_REJECTED: processingFailure,
  ASSOCIATION_REJECTED_TRANSIENT: processingFailure,
  ATTEMPTS_EXHAUSTED: processingFailure,
  CERTIFICATE_INVALID: processingFailure,
  CHILD_DIED: processingFailure,
  CHILD_TIMED_OUT: processingFailure,
  CONFIG_INVALID: processingFailure,
  CONTENT_CONFLICT: { status: Status.CannotUnderstand, comment: 'SOP Instance UID is held with other content' },
  DATA_SET_TOO_LARGE: outOfResources('Data set is larger than this node takes'),
  DATA_SET_UNREADABLE: { status: Status.CannotUnderstand, comment: 'Data set cannot be understood' },
  DATABASE_UNAVAILABLE: outOfResources('Database does not answer'),
  DISK_FULL: outOfResources('No space left'),
  FILE_UNREADABLE: outOfResources('Storage failed'),
  HL7_FAILURE: processingFailure,
  HL7_REFUSED: processingFailure,
  HTTP_FAILURE: processingFailure,
  HTTP_REFUSED: processingFailure,
  HTTP_UNAUTHORIZED: processingFailure,
  IDENTITY_MISMATCH: processingFailure,
  INTERNAL: processingFailure,
  MIGRATION_FAILED: outOfResources('Database does not answer'),
  MODEL_INVALID: processingFailure,
  NOT_FOUND: processingFailure,
  PEER_NOT_UNDERSTOOD: processingFailure,
  NOT_KEPT: processingFailure,
  PEER_SILENT: processingFailure,
  PEER_UNREACHABLE: processingFailure,
  PIXELS_UNREADABLE: { status: Status.CannotUnderstand, comment: 'Pixel Data cannot be understood' },
  PORT_UNAVAILABLE: processingFailure,
  QUEUE_UNAVAILABLE: outOfResources('Queue does not answer'),
  QUOTA_EXCEEDED: outOfResources('Quota of this AE title is used up'),
  RESULT_INVALID: processingFailure,
  SOP_CLASS_MISMATCH: {
    status: Status.DataSetDoesNotMatchSopClass,
    comment: 'Data set is not what the C-STORE request says',
  },
  SOP_CLASS_REFUSED: { status: Status.SopClassNotSupported, comment: 'SOP Class is not of the presentation context' },
  STATUS_FAILURE: processingFailure,
  STATUS_REFUSED: processingFailure,
  STORAGE_FAILED: outOfResources('Storage failed'),
  TLS_FAILED: processingFailure,
  UID_INVALID: { status: Status.InvalidObjectInstance, comment: 'Not a UID' },
  USAGE: processingFailure,
}

export const answerOf = (failure: Failure): Answer => ANSWERS[failure.code]

const WORDS: Readonly<Record<number, string>> = {
  [Status.Success]: 'Success',
  [Status.ProcessingFailure]: 'Processing failure',
  [Status.DuplicateSopInstance]: 'Duplicate SOP Instance',
  [Status.InvalidObjectInstance]: 'Invalid SOP Instance',
  [Status.SopClassNotSupported]: 'SOP Class not supported',
  [Status.NotAuthorized]: 'Refused: not authorized',
  [Status.UnrecognizedOperation]: 'Unrecognized operation',
  [Status.ResourceLimitation]: 'Resource limitation',
}

/** PS3.4 Table B.2-1: classes of values. */
function wordsOf(status: number): string {
  if (status >> 8 === 0xa7) return 'Refused: out of resources'
  if (status >> 8 === 0xa9) return 'Error: data set does not match SOP Class'
  if (status >> 12 === 0xc) return 'Error: cannot understand'
  return WORDS[status] ?? classOf(status)
}

/** `A700H`. */
export const statusCode = (status: number): string => `${status.toString(16).toUpperCase().padStart(4, '0')}H`

/** `A700H Refused: out of resources`. */
export const statusText = (status: number): string => `${statusCode(status)} ${wordsOf(status)}`

const REASON_WORDS: Readonly<Record<number, string>> = {
  [FailureReason.ProcessingFailure]: 'Processing failure',
  [FailureReason.NoSuchObjectInstance]: 'No such object instance',
  [FailureReason.ClassInstanceConflict]: 'Class/instance conflict',
  [FailureReason.SopClassNotSupported]: 'Referenced SOP Class not supported',
  [FailureReason.DuplicateTransactionUid]: 'Duplicate transaction UID',
  [FailureReason.ResourceLimitation]: 'Resource limitation',
}

/** `0112H No such object instance`. */
export const failureReasonText = (reason: number): string =>
  `${statusCode(reason)} ${REASON_WORDS[reason] ?? 'a reason that the Standard does not know'}`

const TRANSIENT: readonly number[] = [Status.ProcessingFailure, Status.ResourceLimitation]
const isTransient = (status: number) => status >> 8 === 0xa7 || TRANSIENT.includes(status)

/** Why a peer's status means that it does not hold the instance; undefined for Success, Warning and a duplicate. */
export function statusFailure(status: number): Failure | undefined {
  const statusClass = classOf(status)
  if (statusClass === 'Success' || statusClass === 'Warning') return undefined
  if (status === Status.DuplicateSopInstance) return undefined
  return new Failure(
    isTransient(status) ? 'STATUS_FAILURE' : 'STATUS_REFUSED',
    `the peer answered ${statusText(status)}`,
  )
}
