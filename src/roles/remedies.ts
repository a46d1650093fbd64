import { asFailure, Failure, type FailureCode } from '../failure.ts'
import type { Check } from '../serve/health.ts'

const REMEDIES: Partial<Record<FailureCode, string>> = {
  ASSOCIATION_ABORTED: 'its log may say why',
  ASSOCIATION_REJECTED: 'have it list our AE title, or correct aeTitle and callingAeTitle of the destination',
  ASSOCIATION_REJECTED_TRANSIENT: 'it is busy; results wait for it',
  DATABASE_UNAVAILABLE: 'start PostgreSQL, or correct database.url',
  HTTP_REFUSED: 'correct url of the destination: it is the root of its DICOMweb service, above studies',
  HTTP_UNAUTHORIZED:
    'correct tokenFile, basic or certificate of the destination, or have it allow us to store and search; `mcads study retry` then offers again what it refused',
  PEER_NOT_UNDERSTOOD: 'something else may answer in its place, a proxy or a login page: correct url',
  PEER_SILENT: 'its log may say why; delivery.timeout is how long we wait',
  PEER_UNREACHABLE: 'start it, let the firewall pass, or correct host and port of the destination',
  QUEUE_UNAVAILABLE: 'start Redis, or correct redis.url',
  SOP_CLASS_REFUSED: 'it takes no C-ECHO, so this says nothing of deliveries',
  STORAGE_FAILED: 'make it, let the node write there, or correct storage.directory',
}

/** A check that says not only what is wrong but what to do. */
export const withRemedy =
  (check: Check): Check =>
  () =>
    check().catch((error: unknown) => {
      const { code, message } = asFailure(error, 'INTERNAL')
      const remedy = REMEDIES[code]
      throw new Failure(code, remedy ? `${message}: ${remedy}` : message, { cause: error })
    })
