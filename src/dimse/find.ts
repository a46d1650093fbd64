import type { DataSet } from '../dicom/data-set.ts'
import type { Header } from '../dicom/header.ts'
import { SopClass } from '../dicom/sop-classes.ts'
import { Failure } from '../failure.ts'
import { CommandField } from './command.ts'
import { dataSetPdus } from './data-set-pdus.ts'
import { encodeMessageDataSet, MESSAGE_SYNTAXES, parseMessageDataSet } from './message-data-set.ts'
import { nameOf, type Peer } from './peer.ts'
import { contextIdOf } from './proposal.ts'
import { openAssociation } from './requestor.ts'
import { statusFailure } from './status.ts'

const STUDY_ROOT = { abstractSyntax: SopClass.StudyRootQueryRetrieveFind, transferSyntaxes: MESSAGE_SYNTAXES }
/** No question of ours has so many answers. */
const MAXIMUM_MATCHES = 10_000

/**
 * C-FIND in the Study Root model, PS3.4 section C.4.1: the matches of each identifier, over one association.
 * @throws Failure SOP_CLASS_REFUSED where the peer answers no queries, PEER_UNREACHABLE, ASSOCIATION_REJECTED,
 *   ASSOCIATION_REJECTED_TRANSIENT, ASSOCIATION_ABORTED, PEER_SILENT, STATUS_FAILURE, STATUS_REFUSED, DATA_SET_UNREADABLE
 */
export async function find(peer: Peer, identifiers: readonly DataSet[]): Promise<Header[][]> {
  const contextId = contextIdOf(0)
  const association = await openAssociation(peer, [STUDY_ROOT])
  try {
    const transferSyntaxUid = association.accepted.get(contextId)
    if (transferSyntaxUid === undefined)
      throw new Failure('SOP_CLASS_REFUSED', `${nameOf(peer)} answers no Study Root queries`)
    const found: Header[][] = []
    for (const identifier of identifiers) {
      const matches: Buffer[] = []
      const { status } = await association.request(
        contextId,
        { field: CommandField.CFindRq, sopClassUid: SopClass.StudyRootQueryRetrieveFind },
        dataSetPdus(encodeMessageDataSet(identifier, transferSyntaxUid), contextId, association.maximumPduLength),
        (dataSet) => void (matches.length < MAXIMUM_MATCHES && matches.push(dataSet)),
      )
      const failure =
        status === undefined ? new Failure('PEER_SILENT', 'answered without a status') : statusFailure(status)
      if (failure) throw failure
      found.push(matches.map((dataSet) => parseMessageDataSet(dataSet, transferSyntaxUid)))
    }
    await association.release()
    return found
  } finally {
    association.abort()
  }
}
