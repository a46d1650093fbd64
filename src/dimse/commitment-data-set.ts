import type { DataSet } from '../dicom/data-set.ts'
import type { Header } from '../dicom/header.ts'
import { Failure } from '../failure.ts'
import { parseUid, type Uid } from '../study/identifiers.ts'

export type ReferencedInstance = { readonly sopClassUid: Uid; readonly sopInstanceUid: Uid }

/** What an N-ACTION asks: to commit to keeping these, PS3.4 Table J.3-1. */
export type CommitmentRequest = { readonly transactionUid: Uid; readonly instances: readonly ReferencedInstance[] }

/** What an N-EVENT-REPORT says of them, PS3.4 Table J.3-2; `reason` is Failure Reason (0008,1197). */
export type CommitmentReport = {
  readonly transactionUid: Uid
  readonly kept: readonly ReferencedInstance[]
  readonly failed: readonly (ReferencedInstance & { readonly reason: number })[]
}

/** PS3.4 section J.3.2 and J.3.3: the one action, and the events without and with failures. */
export const REQUEST_STORAGE_COMMITMENT = 1
export const EventType = { AllKept: 1, FailuresExist: 2 } as const

/** As it came: a peer's UID may have leading zeros, which we do not write by ourselves. */
const asItCame = (uid: Uid) => new TextEncoder().encode(uid)

const referenced = ({ sopClassUid, sopInstanceUid }: ReferencedInstance): DataSet => ({
  ReferencedSOPClassUID: asItCame(sopClassUid),
  ReferencedSOPInstanceUID: asItCame(sopInstanceUid),
})

export const requestDataSet = ({ transactionUid, instances }: CommitmentRequest): DataSet => ({
  TransactionUID: asItCame(transactionUid),
  ReferencedSOPSequence: instances.map(referenced),
})

export const reportDataSet = ({ transactionUid, kept, failed }: CommitmentReport): DataSet => ({
  TransactionUID: asItCame(transactionUid),
  ...(kept.length > 0 && { ReferencedSOPSequence: kept.map(referenced) }),
  ...(failed.length > 0 && {
    FailedSOPSequence: failed.map((each) => ({ ...referenced(each), FailureReason: each.reason })),
  }),
})

const instanceOf = (item: Header): ReferencedInstance => ({
  sopClassUid: parseUid(item.string('ReferencedSOPClassUID') ?? ''),
  sopInstanceUid: parseUid(item.string('ReferencedSOPInstanceUID') ?? ''),
})

const transactionOf = (dataSet: Header) => parseUid(dataSet.string('TransactionUID') ?? '')

/** @throws Failure UID_INVALID, DATA_SET_UNREADABLE when it names no instance */
export function parseCommitmentRequest(dataSet: Header): CommitmentRequest {
  const instances = dataSet.items('ReferencedSOPSequence').map(instanceOf)
  if (instances.length === 0) throw new Failure('DATA_SET_UNREADABLE', 'storage commitment of no instance')
  return { transactionUid: transactionOf(dataSet), instances }
}

/** @throws Failure UID_INVALID */
export const parseCommitmentReport = (dataSet: Header): CommitmentReport => ({
  transactionUid: transactionOf(dataSet),
  kept: dataSet.items('ReferencedSOPSequence').map(instanceOf),
  failed: dataSet
    .items('FailedSOPSequence')
    .map((item) => ({ ...instanceOf(item), reason: item.number('FailureReason') ?? 0 })),
})
