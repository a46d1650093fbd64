import type { Socket } from 'node:net'
import dimse from 'dcmjs-dimse'
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from '../dicom/implementation.ts'
import { MAXIMUM_PDU_LENGTH } from './pdu.ts'
import type { Peer } from './peer.ts'
import { contextIdOf, type Proposal } from './proposal.ts'

const { Implementation, Scp } = dimse
const { Association } = dimse.association

// Its log prints whole associations, and values it cannot read.
dimse.log.setLevel('silent')
Implementation.setImplementationClassUid(IMPLEMENTATION_CLASS_UID)
Implementation.setImplementationVersion(IMPLEMENTATION_VERSION_NAME)

/**
 * dcmjs-dimse, kept away from the network: it encodes an A-ASSOCIATE-RQ, and never sees a byte a peer sent. Its own
 * receive path takes C-STORE after a rejection, buffers without limit and can be made to end the process. `_wrapSocket`
 * is not its API: test/dimse/library.test.ts holds it to this.
 */
class Requestor extends Scp {
  constructor(socket: Socket) {
    super(socket, {})
  }

  /** In the library this listens to the socket and starts its timers. */
  _wrapSocket(): void {}
}

type Titles = Pick<Peer, 'callingAeTitle' | 'calledAeTitle'>

/** Sends an A-ASSOCIATE-RQ, PS3.8 section 9.3.2. */
export function sendAssociationRequest(socket: Socket, titles: Titles, proposals: readonly Proposal[]): void {
  const association = new Association(titles.callingAeTitle, titles.calledAeTitle)
  association.setMaxPduLength(MAXIMUM_PDU_LENGTH)
  for (const [place, { abstractSyntax, transferSyntaxes, asScp }] of proposals.entries()) {
    const id = association.addPresentationContext(abstractSyntax, contextIdOf(place))
    if (asScp) {
      association.getPresentationContext(id).setUserRole(false)
      association.getPresentationContext(id).setProviderRole(true)
    }
    for (const syntax of transferSyntaxes) association.addTransferSyntaxToPresentationContext(id, syntax)
  }
  new Requestor(socket).sendAssociationRequest(association)
}
