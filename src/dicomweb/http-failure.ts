import { Failure, type FailureCode } from '../failure.ts'

/** What an HTTP status means for the same request sent again, PS3.18 section 8.5 and Table 10.5.3-1; RFC 9110. */
function codeOf(status: number): FailureCode {
  if (status === 401 || status === 403 || status === 407) return 'HTTP_UNAUTHORIZED'
  if (status === 408 || status === 425 || status === 429) return 'HTTP_FAILURE'
  if (status >= 300 && status < 500) return 'HTTP_REFUSED'
  return 'HTTP_FAILURE'
}

const WORDS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found: is the address its DICOMweb root?',
  405: 'Method Not Allowed: is the address its DICOMweb root?',
  406: 'Not Acceptable: it does not answer in DICOM JSON',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  507: 'Insufficient Storage',
}

const wordsOf = (status: number): string => {
  if (status >= 300 && status < 400) return ` (a redirect, which is not followed)`
  return WORDS[status] ? ` ${WORDS[status]}` : ''
}

const LONGEST_WAIT_MS = 86_400_000

/** Retry-After, RFC 9110 section 10.2.3: seconds, or a date. Undefined when it says neither. */
function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const waitMs = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), LONGEST_WAIT_MS) : undefined
}

/** Why an answer is no success. The server's own words are not repeated: they may quote what we sent. */
export function httpFailure(server: string, status: number, retryAfter?: string): Failure {
  const waitMs = retryAfterMs(retryAfter)
  return new Failure(
    codeOf(status),
    `${server} answered HTTP ${status}${wordsOf(status)}`,
    waitMs === undefined ? {} : { retryAfterMs: waitMs },
  )
}
