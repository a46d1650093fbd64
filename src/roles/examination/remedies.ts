import { asFailure, type FailureCode } from '../../failure.ts'

const REMEDIES: Partial<Record<FailureCode, string>> = {
  ASSOCIATION_ABORTED: 'its log may say why',
  ASSOCIATION_REJECTED: 'its log may say why',
  ASSOCIATION_REJECTED_TRANSIENT: 'it is busy; results wait for it',
  CERTIFICATE_INVALID: 'correct the files that the configuration names there; a running node keeps its old ones',
  DATABASE_UNAVAILABLE: 'start PostgreSQL, or correct database.url',
  DISK_FULL: 'make room',
  HTTP_REFUSED: 'correct url of the destination: it is the root of its DICOMweb service, above studies',
  HTTP_UNAUTHORIZED:
    'correct tokenFile, basic or certificate of the destination, or have it allow us to store and search; `mcads study retry` then offers again what it refused',
  PEER_NOT_UNDERSTOOD: 'something else may answer in its place, a proxy or a login page: correct url',
  PEER_SILENT: 'its log may say why; delivery.timeout is how long we wait',
  PEER_UNREACHABLE: 'start it, let the firewall pass, or correct host and port of the destination',
  QUEUE_UNAVAILABLE: 'start Redis, or correct redis.url',
  SOP_CLASS_REFUSED: 'it takes no C-ECHO, so this says nothing of deliveries',
  STORAGE_FAILED: 'make it, let the node write there, or correct storage.directory',
  TLS_FAILED: 'its log may say why; compare tls of the destination with what it wants',
}

/** Where the words of a failure say more than its code. */
const CLOSER: readonly (readonly [FailureCode, RegExp, string])[] = [
  ['PEER_UNREACHABLE', /ECONNREFUSED/, 'nothing listens there: start it, or correct host and port of the destination'],
  ['PEER_UNREACHABLE', /ENOTFOUND|EAI_/, 'correct host of the destination, or mend the name server'],
  [
    'PEER_UNREACHABLE',
    /EHOSTUNREACH|ENETUNREACH/,
    'there is no way to it: correct host of the destination, or the network',
  ],
  [
    'PEER_UNREACHABLE',
    /no connection within|ETIMEDOUT/,
    'let the firewall pass, switch it on, or correct host and port of the destination',
  ],
  [
    'PEER_UNREACHABLE',
    /association request was not answered|closed the connection/,
    'what listens there may be no DICOM peer, or want TLS: correct host, port and tls of the destination; its log may say more',
  ],
  [
    'ASSOCIATION_REJECTED',
    /calling AE title not recognized/,
    'have it list our AE title, or correct callingAeTitle of the destination',
  ],
  ['ASSOCIATION_REJECTED', /called AE title not recognized/, 'correct aeTitle of the destination'],
  [
    'TLS_FAILED',
    /authority it comes from|signed by itself/,
    'put the certificate of its authority into tls.ca of the destination',
  ],
  ['TLS_FAILED', /name we call it by/, 'set tls.servername of the destination to a name in its certificate'],
  ['TLS_FAILED', /it has expired/, 'have its people renew its certificate'],
  ['TLS_FAILED', /not valid yet/, 'compare the clocks'],
  ['TLS_FAILED', /wants a certificate of ours/, 'set tls.certificate and tls.key of the destination'],
  [
    'TLS_FAILED',
    /does not know the authority|does not (?:like|accept) our/,
    'have it trust the authority of our certificate',
  ],
  ['TLS_FAILED', /says that our certificate has expired/, 'renew our certificate'],
  [
    'TLS_FAILED',
    /is not TLS|closed the connection/,
    'it may speak plain DICOM on this port: leave tls out, or correct port of the destination',
  ],
  ['TLS_FAILED', /older versions/, 'have it speak TLS 1.2 or later'],
]

/** What to do about a failure, if we know. */
export function remedyOf(error: unknown): string | undefined {
  const { code, message } = asFailure(error, 'INTERNAL')
  const [, , closer] = CLOSER.find(([of, words]) => of === code && words.test(message)) ?? []
  return closer ?? REMEDIES[code]
}
