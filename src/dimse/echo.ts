import { SopClass } from '../dicom/sop-classes.ts'
import { TransferSyntax } from '../dicom/transfer-syntaxes.ts'
import { Failure } from '../failure.ts'
import { CommandField } from './command.ts'
import { nameOf, type Peer } from './peer.ts'
import { contextIdOf } from './proposal.ts'
import { openAssociation, type RequestedAssociation } from './requestor.ts'
import { statusFailure } from './status.ts'

const proposalOf = (abstractSyntax: string) => ({
  abstractSyntax,
  transferSyntaxes: [TransferSyntax.ExplicitVrLittleEndian, TransferSyntax.ImplicitVrLittleEndian],
})

/**
 * C-ECHO over an association of its own; the round trip is that of the request alone.
 * @throws Failure PEER_UNREACHABLE, TLS_FAILED, ASSOCIATION_REJECTED, ASSOCIATION_REJECTED_TRANSIENT,
 *   ASSOCIATION_ABORTED, SOP_CLASS_REFUSED, PEER_SILENT, STATUS_FAILURE, STATUS_REFUSED
 */
export async function echo(peer: Peer): Promise<{ roundTripMs: number }> {
  const { roundTripMs } = await lookAtPeer(peer, [])
  if (roundTripMs === undefined) throw new Failure('SOP_CLASS_REFUSED', `${nameOf(peer)} does not support Verification`)
  return { roundTripMs }
}

type Looked = {
  /** Of a C-ECHO; undefined when the peer does not support Verification. */
  readonly roundTripMs: number | undefined
  /** Which of the SOP classes it accepted. */
  readonly accepted: ReadonlySet<string>
}

/** C-ECHO, and what of the SOP classes a peer would take from us. Throws as `echo` does, but for SOP_CLASS_REFUSED. */
export async function lookAtPeer(peer: Peer, sopClasses: readonly string[]): Promise<Looked> {
  const proposed = [SopClass.Verification, ...sopClasses]
  const association = await openAssociation(peer, proposed.map(proposalOf))
  try {
    const isAccepted = (sopClass: string) => association.accepted.has(contextIdOf(proposed.indexOf(sopClass)))
    const roundTripMs = isAccepted(SopClass.Verification) ? await verify(association, peer) : undefined
    await association.release()
    return { roundTripMs, accepted: new Set(sopClasses.filter(isAccepted)) }
  } finally {
    association.abort()
  }
}

async function verify(association: RequestedAssociation, peer: Peer): Promise<number> {
  const started = performance.now()
  const request = { field: CommandField.CEchoRq, sopClassUid: SopClass.Verification }
  const { status } = await association.request(contextIdOf(0), request)
  const roundTripMs = performance.now() - started
  if (status === undefined) throw new Failure('PEER_SILENT', `${nameOf(peer)} answered without a status`)
  const failure = statusFailure(status)
  if (failure) throw failure
  return roundTripMs
}
