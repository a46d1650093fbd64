import type { Socket } from 'node:net'
import dimse from 'dcmjs-dimse'
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from '../dicom/implementation.ts'

const { Implementation, Scp } = dimse
export const { Association } = dimse.association

// Its log prints whole associations, and values it cannot read.
dimse.log.setLevel('silent')
Implementation.setImplementationClassUid(IMPLEMENTATION_CLASS_UID)
Implementation.setImplementationVersion(IMPLEMENTATION_VERSION_NAME)

/**
 * dcmjs-dimse's association, kept away from the network: it encodes and sends association PDUs, and never sees a byte
 * a peer sent. Its own receive path takes C-STORE after a rejection, buffers without limit and can be made to end the
 * process. `_wrapSocket` and `association` are not its API: test/dimse/library.test.ts holds them to this.
 */
export class AssociationPdus extends Scp {
  declare association: InstanceType<typeof Association>

  constructor(socket: Socket) {
    super(socket, {})
    this.association = new Association('', '')
  }

  /** In the library this listens to the socket and starts its timers. */
  _wrapSocket(): void {}
}
