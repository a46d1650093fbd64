import { SopClass } from '../dicom/sop-classes.ts'
import { TransferSyntax } from '../dicom/transfer-syntaxes.ts'
import { Failure } from '../failure.ts'
import { CommandField } from './command.ts'
import { nameOf, type Peer } from './peer.ts'
import { contextIdOf, openAssociation } from './requestor.ts'
import { statusFailure } from './status.ts'

const VERIFICATION = {
  abstractSyntax: SopClass.Verification,
  transferSyntaxes: [TransferSyntax.ImplicitVrLittleEndian, TransferSyntax.ExplicitVrLittleEndian],
}

/**
 * C-ECHO over an association of its own; the round trip is that of the request alone.
 * @throws Failure PEER_UNREACHABLE, ASSOCIATION_REJECTED, ASSOCIATION_REJECTED_TRANSIENT, ASSOCIATION_ABORTED,
 *   SOP_CLASS_REFUSED, PEER_SILENT, STATUS_FAILURE, STATUS_REFUSED
 */
export async function echo(peer: Peer): Promise<{ roundTripMs: number }> {
  const association = await openAssociation(peer, [VERIFICATION])
  try {
    const contextId = contextIdOf(0)
    if (!association.accepted.has(contextId))
      throw new Failure('SOP_CLASS_REFUSED', `${nameOf(peer)} does not support Verification`)
    const started = performance.now()
    const { status } = await association.request(contextId, {
      field: CommandField.CEchoRq,
      sopClassUid: SopClass.Verification,
    })
    const roundTripMs = performance.now() - started
    if (status === undefined) throw new Failure('PEER_SILENT', `${nameOf(peer)} answered without a status`)
    const failure = statusFailure(status)
    if (failure) throw failure
    await association.release()
    return { roundTripMs }
  } finally {
    association.abort()
  }
}
