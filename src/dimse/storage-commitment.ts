import { SopClass, STORAGE_COMMITMENT_INSTANCE } from '../dicom/sop-classes.ts'
import { Failure } from '../failure.ts'
import { type Command, CommandField } from './command.ts'
import {
  type CommitmentReport,
  type CommitmentRequest,
  EventType,
  parseCommitmentReport,
  REQUEST_STORAGE_COMMITMENT,
  reportDataSet,
  requestDataSet,
} from './commitment-data-set.ts'
import { dataSetPdus } from './data-set-pdus.ts'
import { commitmentAnswer } from './incoming-commitment.ts'
import { encodeMessageDataSet, MESSAGE_SYNTAXES, parseMessageDataSet } from './message-data-set.ts'
import { nameOf, type Peer } from './peer.ts'
import { contextIdOf } from './proposal.ts'
import { type OnRequest, openAssociation, type RequestedAssociation } from './requestor.ts'
import { Status, statusFailure } from './status.ts'

const CONTEXT = contextIdOf(0)
const PROPOSAL = { abstractSyntax: SopClass.StorageCommitmentPushModel, transferSyntaxes: MESSAGE_SYNTAXES }
const SUBJECT = { sopClassUid: SopClass.StorageCommitmentPushModel, sopInstanceUid: STORAGE_COMMITMENT_INSTANCE }

function acceptedSyntax(peer: Peer, association: RequestedAssociation): string {
  const transferSyntaxUid = association.accepted.get(CONTEXT)
  if (transferSyntaxUid !== undefined) return transferSyntaxUid
  throw new Failure('SOP_CLASS_REFUSED', `${nameOf(peer)} does not support storage commitment`)
}

/** The peer's own words are the cause: they may name a patient, and a message is logged. */
function check(peer: Peer, { status, errorComment }: Command): void {
  if (status === undefined) throw new Failure('PEER_SILENT', `${nameOf(peer)} answered without a status`)
  const failure = statusFailure(status)
  if (failure) throw new Failure(failure.code, failure.message, { cause: errorComment })
}

/**
 * N-ACTION: asks the peer to commit to keeping instances. The report may come over this association, which is kept open
 * for it up to `lingerMs`, or later over one that the peer opens.
 * @throws Failure SOP_CLASS_REFUSED where the peer does not support it, PEER_UNREACHABLE, ASSOCIATION_REJECTED,
 *   ASSOCIATION_REJECTED_TRANSIENT, ASSOCIATION_ABORTED, PEER_SILENT, STATUS_FAILURE, STATUS_REFUSED
 */
export async function requestCommitment(
  peer: Peer,
  request: CommitmentRequest,
  { lingerMs, onReport }: { lingerMs: number; onReport(report: CommitmentReport): Promise<void> },
): Promise<void> {
  let reported: () => void = () => {}
  const report = new Promise<void>((resolve) => {
    reported = resolve
  })
  const take: OnRequest = async (_contextId, command, dataSet) => {
    if (command.field !== CommandField.NEventReportRq) return { status: Status.UnrecognizedOperation }
    try {
      await onReport(parseCommitmentReport(parseMessageDataSet(dataSet, transferSyntaxUid)))
      return { status: Status.Success }
    } catch (error) {
      return commitmentAnswer(error)
    } finally {
      // When the response is on its way.
      setImmediate(reported)
    }
  }
  const association = await openAssociation(peer, [PROPOSAL], take)
  let transferSyntaxUid = ''
  let timer: NodeJS.Timeout | undefined
  try {
    transferSyntaxUid = acceptedSyntax(peer, association)
    const dataSet = encodeMessageDataSet(requestDataSet(request), transferSyntaxUid)
    const response = await association.request(
      CONTEXT,
      { field: CommandField.NActionRq, ...SUBJECT, actionTypeId: REQUEST_STORAGE_COMMITMENT },
      dataSetPdus(dataSet, CONTEXT, association.maximumPduLength),
    )
    check(peer, response)
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, lingerMs)
    })
    await association.linger(Promise.race([report, late]))
    await association.release()
  } finally {
    clearTimeout(timer)
    association.abort()
  }
}

/**
 * N-EVENT-REPORT over an association of its own, on which we are the SCP: what became of what a peer asked us to keep.
 * @throws Failure as `requestCommitment`
 */
export async function reportCommitment(peer: Peer, report: CommitmentReport): Promise<void> {
  const association = await openAssociation(peer, [{ ...PROPOSAL, asScp: true }])
  try {
    const dataSet = encodeMessageDataSet(reportDataSet(report), acceptedSyntax(peer, association))
    const eventTypeId = report.failed.length === 0 ? EventType.AllKept : EventType.FailuresExist
    const response = await association.request(
      CONTEXT,
      { field: CommandField.NEventReportRq, ...SUBJECT, eventTypeId },
      dataSetPdus(dataSet, CONTEXT, association.maximumPduLength),
    )
    check(peer, response)
    await association.release()
  } finally {
    association.abort()
  }
}
