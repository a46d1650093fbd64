import { SopClass } from '../dicom/sop-classes.ts'
import { asFailure, type Failure } from '../failure.ts'
import { type Command, CommandField, type Response } from './command.ts'
import {
  type CommitmentReport,
  type CommitmentRequest,
  EventType,
  parseCommitmentReport,
  parseCommitmentRequest,
  REQUEST_STORAGE_COMMITMENT,
} from './commitment-data-set.ts'
import type { IncomingMessage } from './incoming-message.ts'
import { MAXIMUM_MESSAGE_BYTES, parseMessageDataSet } from './message-data-set.ts'
import type { AcceptedContext } from './negotiation.ts'
import { invalid } from './pdu.ts'
import type { AssociationPeer } from './scp-events.ts'
import { Status } from './status.ts'

/** Storage commitment, PS3.4 Annex J; what these throw is answered. */
export type CommitmentHandler = {
  /** A peer asks us to keep instances. When it resolves, a report is owed. */
  requested(peer: AssociationPeer, request: CommitmentRequest): Promise<void>
  /** A peer reports on what we asked it to keep. */
  reported(peer: AssociationPeer, report: CommitmentReport): Promise<void>
}

export const isCommitment = ({ abstractSyntax }: AcceptedContext, { field }: Command): boolean =>
  abstractSyntax === SopClass.StorageCommitmentPushModel &&
  (field === CommandField.NActionRq || field === CommandField.NEventReportRq)

/** What is answered when an N-ACTION or N-EVENT-REPORT cannot be performed, PS3.7 sections 10.1.1.1.8 and 10.1.4.1.10. */
export function commitmentAnswer(error: unknown): Response {
  const { code, message } = asFailure(error, 'INTERNAL')
  const invalid = code === 'UID_INVALID' || code === 'DATA_SET_UNREADABLE'
  return { status: invalid ? Status.InvalidArgumentValue : Status.ProcessingFailure, comment: message }
}

/** An N-ACTION or N-EVENT-REPORT request that is being received, and then performed. */
export class IncomingCommitment implements IncomingMessage {
  readonly #command: Command
  readonly #context: AcceptedContext
  readonly #peer: AssociationPeer
  readonly #handler: CommitmentHandler
  readonly #chunks: Buffer[] = []
  #bytes = 0

  constructor(command: Command, context: AcceptedContext, peer: AssociationPeer, handler: CommitmentHandler) {
    this.#command = command
    this.#context = context
    this.#peer = peer
    this.#handler = handler
  }

  data(bytes: Buffer): undefined {
    this.#bytes += bytes.length
    if (this.#bytes > MAXIMUM_MESSAGE_BYTES) throw invalid('a storage commitment that is too long')
    this.#chunks.push(Buffer.from(bytes))
  }

  async perform(): Promise<Response> {
    try {
      const dataSet = parseMessageDataSet(Buffer.concat(this.#chunks), this.#context.transferSyntax)
      if (this.#command.field === CommandField.NActionRq) {
        if (this.#command.actionTypeId !== REQUEST_STORAGE_COMMITMENT) return { status: Status.NoSuchActionType }
        await this.#handler.requested(this.#peer, parseCommitmentRequest(dataSet))
      } else {
        const known: readonly unknown[] = Object.values(EventType)
        if (!known.includes(this.#command.eventTypeId)) return { status: Status.NoSuchEventType }
        await this.#handler.reported(this.#peer, parseCommitmentReport(dataSet))
      }
      return { status: Status.Success }
    } catch (error) {
      return commitmentAnswer(error)
    }
  }

  async discard(_reason: Failure): Promise<void> {}
}
