import { APPLICATION_CONTEXT_NAME } from './association-items.ts'
import type { AssociationRequest } from './association-request.ts'
import { SMALLEST_PDU_LENGTH } from './pdu.ts'
import {
  applicationContextNotSupported,
  noReasonGiven,
  protocolVersionNotSupported,
  type Rejection,
} from './rejection.ts'

/** What PS3.8 asks of every association request, whoever sent it. */
export function checkProtocol(request: AssociationRequest): Rejection | undefined {
  const { protocolVersion, applicationContextName, maximumPduLength } = request
  if ((protocolVersion & 1) === 0) return protocolVersionNotSupported(`protocol version ${protocolVersion}`)
  if (applicationContextName !== APPLICATION_CONTEXT_NAME)
    return applicationContextNotSupported(`application context name '${applicationContextName}' is not supported`)
  if (maximumPduLength !== 0 && maximumPduLength < SMALLEST_PDU_LENGTH)
    return noReasonGiven(`the peer takes PDUs of ${maximumPduLength} bytes at most; at least ${SMALLEST_PDU_LENGTH}`)
  return undefined
}
