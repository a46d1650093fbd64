import { createHash } from 'node:crypto'
import { onTestFinished } from 'vitest'
import type { IncomingInstance } from '../../src/dicom/incoming-instance.ts'
import { RECEIVED_SOP_CLASSES, SopClass } from '../../src/dicom/sop-classes.ts'
import { ACCEPTED_TRANSFER_SYNTAXES } from '../../src/dicom/transfer-syntaxes.ts'
import { NO_EVENTS } from '../../src/dimse/scp-events.ts'
import { openStorageScp } from '../../src/dimse/storage-scp.ts'

type Options = {
  abstractSyntaxes?: readonly string[]
  /** Called with each C-STORE and how many came before it; a Failure that it throws is answered with its status. */
  onStore?: (instance: IncomingInstance, before: number) => void | Promise<void>
  /** Called when an instance is taken and not yet answered. */
  onKept?: () => void
}

/** A PACS, AE title PACS, that takes everything and keeps account of it; closed when the test ends. */
export async function openPacs({ abstractSyntaxes, onStore = () => {}, onKept = () => {} }: Options = {}) {
  /** SOP Instance UIDs of all C-STORE requests, in order. */
  const offered: string[] = []
  /** SOP Instance UID to the SHA-256 of each data set that was taken. */
  const taken = new Map<string, string[]>()
  const scp = await openStorageScp({
    host: '127.0.0.1',
    port: 0,
    admit: async () => undefined,
    abstractSyntaxes: abstractSyntaxes ?? [
      ...RECEIVED_SOP_CLASSES,
      SopClass.Comprehensive3dSrStorage,
      SopClass.KeyObjectSelectionDocumentStorage,
    ],
    transferSyntaxes: ACCEPTED_TRANSFER_SYNTAXES,
    openSink(instance) {
      const { sopInstanceUid } = instance
      const hash = createHash('sha256')
      const before = offered.push(sopInstanceUid) - 1
      return {
        write: (chunk) => void hash.update(chunk),
        async finish() {
          await onStore(instance, before)
          taken.set(sopInstanceUid, [...(taken.get(sopInstanceUid) ?? []), hash.digest('hex')])
          onKept()
        },
        discard: async () => {},
      }
    },
    events: NO_EVENTS,
  })
  onTestFinished(() => scp[Symbol.asyncDispose]())
  return { port: scp.port, destination: { name: 'pacs', aeTitle: 'PACS', port: scp.port }, offered, taken }
}
