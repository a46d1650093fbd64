import { type Command, parseCommand } from './command.ts'
import { invalid, unexpected } from './pdu.ts'
import type { Pdv } from './pdu-reader.ts'

export type MessageHandler = {
  /** A command has come; when it has a data set, that follows. */
  command(contextId: number, command: Command): void
  /** A piece of the data set. */
  data(bytes: Buffer): void
  /** The message is complete. */
  complete(): void
}

/** A C-STORE or C-ECHO command has about 200 bytes; 8 KB hold any. */
const MAXIMUM_COMMAND_BYTES = 8192

/** Puts DIMSE messages together from PDVs, PS3.7 section 6.3.1 and PS3.8 Annex E. Throws ProtocolError. */
export class MessageReader {
  readonly #handler: MessageHandler
  readonly #isAccepted: (contextId: number) => boolean
  #command: Buffer[] = []
  #commandBytes = 0
  #contextId = 0
  #part: 'none' | 'command' | 'data set' = 'none'

  constructor(isAccepted: (contextId: number) => boolean, handler: MessageHandler) {
    this.#isAccepted = isAccepted
    this.#handler = handler
  }

  /** Whether a message has begun and is not complete. */
  get within(): boolean {
    return this.#part !== 'none'
  }

  read(pdv: Pdv, bytes: Buffer, complete: boolean): void {
    if (this.#part === 'none') this.#begin(pdv)
    if (pdv.contextId !== this.#contextId) throw unexpected('a message changes its presentation context')
    if (pdv.isCommand !== (this.#part === 'command'))
      throw unexpected(pdv.isCommand ? 'a command where a data set is due' : 'a data set where a command is due')
    if (pdv.isCommand) this.#readCommand(bytes, pdv.isLast && complete)
    else this.#readData(bytes, pdv.isLast && complete)
  }

  #begin(pdv: Pdv): void {
    if (!this.#isAccepted(pdv.contextId)) throw unexpected(`presentation context ${pdv.contextId} was not accepted`)
    this.#contextId = pdv.contextId
    this.#part = 'command'
  }

  #readCommand(bytes: Buffer, ends: boolean): void {
    this.#commandBytes += bytes.length
    if (this.#commandBytes > MAXIMUM_COMMAND_BYTES || this.#command.length > MAXIMUM_COMMAND_BYTES)
      throw invalid('a command is too long')
    this.#command.push(Buffer.from(bytes))
    if (!ends) return
    const command = parseCommand(Buffer.concat(this.#command))
    this.#command = []
    this.#commandBytes = 0
    this.#part = command.hasDataSet ? 'data set' : 'none'
    this.#handler.command(this.#contextId, command)
    if (!command.hasDataSet) this.#handler.complete()
  }

  #readData(bytes: Buffer, ends: boolean): void {
    if (bytes.length > 0) this.#handler.data(bytes)
    if (!ends) return
    this.#part = 'none'
    this.#handler.complete()
  }
}
