import type { IncomingInstance, InstanceSink } from '../dicom/incoming-instance.ts'
import { asFailure, Failure } from '../failure.ts'
import { parseUid } from '../study/identifiers.ts'
import { type Command, CommandField, type Response } from './command.ts'
import { type CommitmentHandler, IncomingCommitment, isCommitment } from './incoming-commitment.ts'
import type { AcceptedContext } from './negotiation.ts'
import { invalid } from './pdu.ts'
import type { AssociationPeer } from './scp-events.ts'
import { answerOf, Status } from './status.ts'

/** A request that is being received, and then performed. */
export type IncomingMessage = {
  /** Takes a piece of the data set; a promise asks to wait. */
  data(bytes: Buffer): Promise<void> | undefined
  /** Performs the operation when all has come. Never rejects. */
  perform(): Promise<Response>
  /** The association ended before the message did. */
  discard(reason: Failure): Promise<void>
}

type Options = {
  readonly peer: AssociationPeer
  readonly maximumInstanceBytes: number
  openSink(instance: IncomingInstance): InstanceSink
  readonly commitment: CommitmentHandler | undefined
  refused(sopInstanceUid: string, failure: Failure): void
}

const answering = (response: Response): IncomingMessage => ({
  data: () => undefined,
  perform: async () => response,
  discard: async () => {},
})

/** The operation a command asks for. What we do not perform is answered when its data set has passed by. */
export function openMessage(command: Command, context: AcceptedContext, options: Options): IncomingMessage {
  if (command.field === CommandField.CEchoRq) return answering({ status: Status.Success })
  if (command.field === CommandField.CStoreRq) return new IncomingStore(command, context, options)
  if (options.commitment && isCommitment(context, command))
    return new IncomingCommitment(command, context, options.peer, options.commitment)
  return answering({ status: Status.UnrecognizedOperation })
}

function checkedUid(text: string, keyword: string): string {
  try {
    return parseUid(text)
  } catch (cause) {
    throw new Failure('UID_INVALID', `${keyword} of the C-STORE request is not a UID`, { cause })
  }
}

/** PS3.7 section 9.1.1: the class must be that of the presentation context, and both UIDs must be UIDs. */
function checkCommand(command: Command, context: AcceptedContext): string {
  const sopInstanceUid = checkedUid(command.affectedSopInstanceUid, 'AffectedSOPInstanceUID')
  const { abstractSyntax } = context
  if (abstractSyntax !== checkedUid(command.affectedSopClassUid, 'AffectedSOPClassUID'))
    throw new Failure(
      'SOP_CLASS_REFUSED',
      `C-STORE of another SOP Class in a presentation context of ${abstractSyntax}`,
    )
  if (!command.hasDataSet) throw new Failure('DATA_SET_UNREADABLE', 'C-STORE without a data set')
  return sopInstanceUid
}

class IncomingStore implements IncomingMessage {
  readonly #options: Options
  readonly #maximumBytes: number
  #sink: InstanceSink | undefined
  #sopInstanceUid = ''
  #failure: Failure | undefined
  #writing: Promise<void> = Promise.resolve()
  #discarding: Promise<void> = Promise.resolve()
  #bytes = 0

  constructor(command: Command, context: AcceptedContext, options: Options) {
    this.#options = options
    this.#maximumBytes = options.maximumInstanceBytes
    try {
      this.#sopInstanceUid = checkCommand(command, context)
      this.#sink = options.openSink({
        ...options.peer,
        sopClassUid: context.abstractSyntax,
        sopInstanceUid: this.#sopInstanceUid,
        transferSyntaxUid: context.transferSyntax,
        messageId: command.messageId ?? 0,
      })
    } catch (error) {
      this.#failure = asFailure(error, 'INTERNAL')
    }
  }

  data(bytes: Buffer): Promise<void> | undefined {
    this.#bytes += bytes.length
    if (this.#bytes > 2 * this.#maximumBytes) throw invalid('a data set without end')
    if (this.#failure || !this.#sink) return undefined
    if (this.#bytes > this.#maximumBytes) {
      this.#fail(new Failure('DATA_SET_TOO_LARGE', `a data set of more than ${this.#maximumBytes} bytes`))
      return undefined
    }
    try {
      const written = this.#sink.write(bytes)?.catch((error) => this.#fail(error))
      if (written) this.#writing = this.#writing.then(() => written)
      return written
    } catch (error) {
      this.#fail(error)
      return undefined
    }
  }

  async perform(): Promise<Response> {
    await this.#writing
    if (!this.#failure) {
      try {
        await this.#sink?.finish()
        return { status: Status.Success }
      } catch (error) {
        this.#failure = asFailure(error, 'INTERNAL')
      }
    }
    await this.#discarding
    this.#options.refused(this.#sopInstanceUid, this.#failure)
    return answerOf(this.#failure)
  }

  async discard(reason: Failure): Promise<void> {
    if (!this.#failure) this.#fail(reason)
    await this.#discarding
  }

  /** The rest of the data set is taken and dropped: the peer expects its answer at the end. */
  #fail(error: unknown): void {
    if (this.#failure) return
    this.#failure = asFailure(error, 'INTERNAL')
    const discarded = this.#sink?.discard(this.#failure)
    this.#discarding = (discarded ?? Promise.resolve()).catch(() => {})
  }
}
