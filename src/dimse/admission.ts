import { isNamed } from '../tls/certificate.ts'
import type { AssociationRequest } from './association-request.ts'
import { type CalledAe, hostsOf, type KnownPeer, lookAlike } from './known-peer.ts'
import type { Origin } from './origin.ts'
import {
  calledAeTitleNotRecognized,
  callingAeTitleNotRecognized,
  noReasonGiven,
  type Rejection,
  temporaryCongestion,
} from './rejection.ts'
import { checkHost, openRemoteHosts, type RemoteHosts } from './remote-hosts.ts'

/** undefined lets the association in. */
export type Policy = (
  request: AssociationRequest,
  origin: Origin,
) => Rejection | undefined | Promise<Rejection | undefined>

export type AdmissionRules = {
  readonly calledAeTitles: readonly CalledAe[]
  readonly peers: readonly KnownPeer[]
  /** Whether plain TCP is for those peers alone of whom it is said. */
  readonly tlsRequired?: boolean
}

const listed = (values: readonly string[]) => values.map((each) => `'${each}'`).join(', ')
const listing = (peers: readonly KnownPeer[]) =>
  peers.map((each) => `'${each.aeTitle}' is listed for ${hostsOf(each).join(', ')}`).join(', ')

/**
 * Lets in whom the list names, under one of our AE titles; nobody when it is empty. The words of a rejection name the
 * rule that spoke and the near miss, for the people at the PACS. Transient while the name of a host that could be the
 * one is not resolved.
 * @throws Failure CONFIG_INVALID
 */
export function openAdmission(rules: AdmissionRules, remoteHosts: RemoteHosts = openRemoteHosts()): Policy {
  for (const host of rules.peers.flatMap(hostsOf)) checkHost(host)
  return async (request, origin) => {
    const wrongAe = checkTitles(rules, request, origin)
    if (wrongAe) return wrongAe
    const sameTitle = rules.peers.filter(({ aeTitle }) => aeTitle === request.callingAeTitle)
    const { there, unresolved } = await whoIsThere(remoteHosts, sameTitle, origin)
    const from = callOf(request, origin)
    if (there.length > 0) return checkTransport(rules, there, from, origin)
    if (unresolved.length > 0)
      return temporaryCongestion(`${from}: its listed host ${listed(unresolved)} cannot be resolved`)
    if (sameTitle.length > 0) return callingAeTitleNotRecognized(`${from} is not listed; ${listing(sameTitle)}`)
    const alike = rules.peers.filter(({ aeTitle }) => lookAlike(aeTitle, request.callingAeTitle))
    const neighbours = (await whoIsThere(remoteHosts, rules.peers, origin)).there
    const hint = listing([...new Set([...alike, ...neighbours])])
    return callingAeTitleNotRecognized(`${from} is not listed${hint && `; ${hint}`}`)
  }
}

const callOf = ({ callingAeTitle }: AssociationRequest, { remoteAddress }: Origin) =>
  `calling AE title '${callingAeTitle}' from ${remoteAddress}`

function checkTitles(rules: AdmissionRules, request: AssociationRequest, origin: Origin): Rejection | undefined {
  const { calledAeTitle, callingAeTitle } = request
  const ours = rules.calledAeTitles.map(({ aeTitle }) => aeTitle)
  const called = rules.calledAeTitles.find(({ aeTitle }) => aeTitle === calledAeTitle)
  const mayCall = rules.calledAeTitles.filter(({ peers }) => peers?.includes(callingAeTitle) ?? true)
  const may = mayCall.map(({ aeTitle }) => aeTitle)
  if (!called)
    return calledAeTitleNotRecognized(
      `called AE title '${calledAeTitle}' is not ours; '${callingAeTitle}' from ${origin.remoteAddress} should call ${listed(may.length > 0 ? may : ours)}`,
    )
  const isListed = rules.peers.some(({ aeTitle }) => aeTitle === callingAeTitle)
  if (!isListed || may.includes(calledAeTitle)) return undefined
  const instead = may.length > 0 ? `it may call ${listed(may)}` : 'it may call none of ours'
  return callingAeTitleNotRecognized(
    `${callOf(request, origin)} is listed, but not among the peers that may call '${calledAeTitle}'; ${instead}`,
  )
}

async function whoIsThere(hosts: RemoteHosts, among: readonly KnownPeer[], { remoteAddress }: Origin) {
  const asked = among.flatMap((peer) => hostsOf(peer).map((host) => ({ peer, host })))
  const matches = await Promise.all(asked.map(({ host }) => hosts.includes(host, remoteAddress)))
  const having = (answer: boolean | 'unresolved') => asked.filter((_, index) => matches[index] === answer)
  return {
    there: [...new Set(having(true).map(({ peer }) => peer))],
    unresolved: having('unresolved').map(({ host }) => host),
  }
}

/** Of peers that are who they say by title and address: one at least has to come as it is to come. */
function checkTransport(
  { peers, tlsRequired = false }: AdmissionRules,
  there: readonly KnownPeer[],
  from: string,
  origin: Origin,
): Rejection | undefined {
  const shown = origin.certificate
  const proven = there.filter(({ certificate }) => !certificate || (shown && isNamed(shown, certificate)))
  if (proven.some(({ plain }) => origin.tls !== undefined || plain || !tlsRequired)) return undefined
  if (proven.length > 0) return noReasonGiven(`${from} has to come over TLS; it came over plain TCP`)
  const wanted = `the certificate ${listed(there.flatMap(({ certificate }) => certificate ?? []))}`
  if (origin.tls === undefined)
    return noReasonGiven(`${from} has to come over TLS and show ${wanted}; it came over plain TCP`)
  if (!shown) return callingAeTitleNotRecognized(`${from} has to show ${wanted}; it showed none`)
  const owner = peers.find(({ certificate }) => certificate && isNamed(shown, certificate))
  const instead = `${listed(shown.names)} (sha256:${shown.fingerprint256})${owner ? `, which is that of '${owner.aeTitle}'` : ''}`
  return callingAeTitleNotRecognized(`${from} has to show ${wanted}; it showed ${instead}`)
}
