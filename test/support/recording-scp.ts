import { onTestFinished } from 'vitest'
import type { IncomingInstance, InstanceSink } from '../../src/dicom/incoming-instance.ts'
import { RECEIVED_SOP_CLASSES } from '../../src/dicom/sop-classes.ts'
import { ACCEPTED_TRANSFER_SYNTAXES } from '../../src/dicom/transfer-syntaxes.ts'
import type { AssociationPeer } from '../../src/dimse/scp-events.ts'
import type { StorageScpOptions } from '../../src/dimse/scp-options.ts'
import { openStorageScp, type StorageScp } from '../../src/dimse/storage-scp.ts'

type Kept = { readonly incoming: IncomingInstance; readonly dataSet: Buffer }
export type RecordingScp = StorageScp & {
  readonly stored: Kept[]
  /** SOP Instance UIDs of what was begun and given up. */
  readonly discarded: string[]
  /** `name: words`, in order. */
  readonly told: string[]
}

/** Keeps data sets in memory; anything an option says otherwise is done instead. Closed when the test ends. */
export async function recordingScp(options: Partial<StorageScpOptions> = {}): Promise<RecordingScp> {
  const stored: Kept[] = []
  const discarded: string[] = []
  const told: string[] = []
  const scp = await openStorageScp({
    host: '127.0.0.1',
    port: 0,
    abstractSyntaxes: RECEIVED_SOP_CLASSES,
    transferSyntaxes: ACCEPTED_TRANSFER_SYNTAXES,
    admit: {
      calledAeTitles: [{ aeTitle: 'MCADS' }],
      peers: ['MODALITY', 'STORESCU', 'ECHOSCU', 'SENDER'].map(fromHere),
    },
    openSink: (incoming) => memorySink(incoming, stored, discarded),
    events: {
      associationOpened: (peer) => void told.push(`opened: ${openedWords(peer)}`),
      associationClosed: (_peer, outcome, instances, _ms, words) =>
        void told.push(`${outcome}: ${instances} instances${words ? `, ${words}` : ''}`),
      associationRejected: (_peer, words) => void told.push(`rejected: ${words}`),
      connectionDropped: (_address, words) => void told.push(`dropped: ${words}`),
      instanceRefused: (_associationId, sopInstanceUid, failure) =>
        void told.push(`refused: ${failure.code} ${sopInstanceUid}`),
    },
    ...options,
  })
  onTestFinished(() => scp[Symbol.asyncDispose]())
  return Object.assign(scp, { stored, discarded, told })
}

const openedWords = ({ callingAeTitle, tls, certificateName, userName }: AssociationPeer) =>
  `${callingAeTitle}${tls ? ` over ${tls}` : ''}${certificateName ? `, ${certificateName}` : ''}${userName ? ` as ${userName}` : ''}`

const fromHere = (aeTitle: string) => ({ aeTitle, host: '127.0.0.1' })

function memorySink(incoming: IncomingInstance, stored: Kept[], discarded: string[]): InstanceSink {
  const chunks: Buffer[] = []
  return {
    write: (chunk) => void chunks.push(Buffer.from(chunk)),
    finish: async () => void stored.push({ incoming, dataSet: Buffer.concat(chunks) }),
    discard: async () => void discarded.push(incoming.sopInstanceUid),
  }
}

/** Waits until `look` sees what it wants; fails after `timeoutMs`. */
export async function until(look: () => boolean | Promise<boolean>, timeoutMs = 5000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await look())) {
    if (Date.now() > deadline) throw new Error('it did not come about in time')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
