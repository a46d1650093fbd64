import type { Failure } from '../failure.ts'

/** What a C-STORE request says before its data set comes; UIDs are checked, the data set is not. */
export type IncomingInstance = {
  /** A UUID, one for each association. */
  readonly associationId: string
  readonly callingAeTitle: string
  readonly calledAeTitle: string
  readonly remoteAddress: string
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly transferSyntaxUid: string
  readonly messageId: number
}

/** Where the data set of one incoming instance goes. Either `finish` or `discard` is called, once, and ends it. */
export type InstanceSink = {
  /**
   * Takes a part of the data set as encoded, which stands in the buffer only until this returns. A promise asks the
   * caller to send no more until it settles. What is thrown, or rejected with, ends the instance: `discard` follows.
   */
  write(chunk: Buffer): void | Promise<void>
  /** Resolves when the instance is durable and may be acknowledged; a Failure says why it may not. */
  finish(): Promise<void>
  /** Leaves nothing behind. */
  discard(reason: Failure): Promise<void>
}
