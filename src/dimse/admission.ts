import { APPLICATION_CONTEXT_NAME } from './association-items.ts'
import type { AssociationRequest } from './association-request.ts'
import type { Origin } from './origin.ts'
import { SMALLEST_PDU_LENGTH } from './pdu.ts'
import {
  applicationContextNotSupported,
  calledAeTitleNotRecognized,
  callingAeTitleNotRecognized,
  noReasonGiven,
  protocolVersionNotSupported,
  type Rejection,
  temporaryCongestion,
} from './rejection.ts'
import { checkHost, openRemoteHosts, type RemoteHosts } from './remote-hosts.ts'

/** Who may associate: the calling AE title and where it may call from (IP address, range in CIDR notation, or name). */
export type KnownPeer = { readonly aeTitle: string; readonly host: string }

/** undefined lets the association in. */
export type Policy = (
  request: AssociationRequest,
  origin: Origin,
) => Rejection | undefined | Promise<Rejection | undefined>

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

const listed = (values: readonly string[]) => values.map((each) => `'${each}'`).join(', ')

/**
 * Lets in whom the list names, under one of our AE titles; nobody when it is empty. The words of a rejection name the
 * near miss, for the people at the PACS. Transient while the name of a host that could be the one is not resolved.
 * @throws Failure CONFIG_INVALID
 */
export function openAdmission(
  calledAeTitles: readonly string[],
  peers: readonly KnownPeer[],
  hosts: RemoteHosts = openRemoteHosts(),
): Policy {
  for (const { host } of peers) checkHost(host)
  return async ({ calledAeTitle, callingAeTitle }, { remoteAddress }) => {
    if (!calledAeTitles.includes(calledAeTitle))
      return calledAeTitleNotRecognized(
        `called AE title '${calledAeTitle}' is not ours; '${callingAeTitle}' from ${remoteAddress} should call ${listed(calledAeTitles)}`,
      )
    const sameTitle = peers.filter(({ aeTitle }) => aeTitle === callingAeTitle)
    const { there, unresolved } = await hostsOf(sameTitle, remoteAddress)
    if (there.length > 0) return undefined
    const from = `calling AE title '${callingAeTitle}' from ${remoteAddress}`
    if (unresolved.length > 0)
      return temporaryCongestion(`${from}: its listed host ${listed(unresolved)} cannot be resolved`)
    const nearMiss = sameTitle.length > 0 ? sameTitle : (await hostsOf(peers, remoteAddress)).there
    const hint = nearMiss.map(({ aeTitle, host }) => `'${aeTitle}' is listed for ${host}`).join(', ')
    return callingAeTitleNotRecognized(`${from} is not listed${hint && `; ${hint}`}`)
  }

  async function hostsOf(among: readonly KnownPeer[], remoteAddress: string) {
    const matches = await Promise.all(among.map(({ host }) => hosts.includes(host, remoteAddress)))
    return {
      there: among.filter((_, index) => matches[index] === true),
      unresolved: among.flatMap(({ host }, index) => (matches[index] === 'unresolved' ? [host] : [])),
    }
  }
}
