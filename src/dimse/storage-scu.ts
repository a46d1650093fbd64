import { open } from 'node:fs/promises'
import { parseFileMeta } from '../dicom/file-meta.ts'
import { asFailure, Failure } from '../failure.ts'
import { CommandField } from './command.ts'
import { dataSetPdus } from './data-set-pdus.ts'
import type { Peer } from './peer.ts'
import { contextIdOf, MAXIMUM_CONTEXTS, openAssociation, type RequestedAssociation } from './requestor.ts'

/** A Part 10 file to send as it is encoded. */
export type OutgoingInstance = {
  readonly path: string
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly transferSyntaxUid: string
  /** Where its data set begins; read from the file when not known. */
  readonly dataSetOffset?: number
}

/** The peer's status (Warning and Failure too), or why there is none. */
export type StoreOutcome = { readonly status: number; readonly comment: string } | Failure
type OnResult<I> = (instance: I, outcome: StoreOutcome) => void | Promise<void>

const META_BYTES = 64 * 1024

/**
 * Stores instances at a peer, byte for byte as they are, over one association (more, when they need more than 128
 * presentation contexts). Every instance gets exactly one outcome, in order; when an association cannot be had or is
 * lost, its Failure is the outcome of all that were not answered. Throws only what `onResult` throws.
 */
export async function storeInstances<I extends OutgoingInstance>(
  peer: Peer,
  instances: readonly I[],
  onResult: OnResult<I>,
): Promise<void> {
  const kinds = [...new Set(instances.map(kindOf))]
  for (let first = 0; first < kinds.length; first += MAXIMUM_CONTEXTS) {
    const proposed = kinds.slice(first, first + MAXIMUM_CONTEXTS)
    const members = instances.filter((instance) => proposed.includes(kindOf(instance)))
    await storeOverOne(peer, members, proposed, onResult)
  }
}

/** One presentation context for each SOP class in each transfer syntax: what is accepted is then what we hold. */
const kindOf = ({ sopClassUid, transferSyntaxUid }: OutgoingInstance): string => `${sopClassUid}/${transferSyntaxUid}`

async function storeOverOne<I extends OutgoingInstance>(
  peer: Peer,
  instances: readonly I[],
  kinds: readonly string[],
  onResult: OnResult<I>,
): Promise<void> {
  const proposals = kinds.map((kind) => {
    const [abstractSyntax = '', transferSyntax = ''] = kind.split('/')
    return { abstractSyntax, transferSyntaxes: [transferSyntax] }
  })
  const association = await openAssociation(peer, proposals).catch((error) => asFailure(error, 'INTERNAL'))
  if (association instanceof Failure) {
    for (const instance of instances) await onResult(instance, association)
    return
  }
  try {
    for (const instance of instances) {
      const contextId = contextIdOf(kinds.indexOf(kindOf(instance)))
      const outcome = await store(association, contextId, instance).catch((error) => asFailure(error, 'INTERNAL'))
      await onResult(instance, outcome)
    }
    await association.release()
  } finally {
    association.abort()
  }
}

async function store(
  association: RequestedAssociation,
  contextId: number,
  instance: OutgoingInstance,
): Promise<StoreOutcome> {
  const { sopClassUid, sopInstanceUid, transferSyntaxUid } = instance
  if (!association.accepted.has(contextId))
    return new Failure('SOP_CLASS_REFUSED', `the peer does not take ${sopClassUid} in ${transferSyntaxUid}`)
  await using dataSet = await openDataSet(instance)
  const response = await association.request(
    contextId,
    { field: CommandField.CStoreRq, sopClassUid, sopInstanceUid },
    dataSetPdus(dataSet, contextId, association.maximumPduLength),
  )
  if (response.status === undefined) return new Failure('PEER_SILENT', 'the peer answered without a status')
  return { status: response.status, comment: response.errorComment }
}

/** @throws Failure FILE_UNREADABLE, DATA_SET_UNREADABLE */
async function openDataSet({ path, dataSetOffset }: OutgoingInstance) {
  const file = await open(path).catch((cause) => {
    throw new Failure('FILE_UNREADABLE', 'a stored instance cannot be opened', { cause })
  })
  try {
    const { size: to } = await file.stat()
    const from = dataSetOffset ?? parseFileMeta((await file.read(Buffer.alloc(META_BYTES), 0)).buffer).dataSetOffset
    if (from >= to) throw new Failure('DATA_SET_UNREADABLE', 'a stored instance has no data set')
    return { file, from, to, [Symbol.asyncDispose]: () => file.close() }
  } catch (error) {
    await file.close()
    throw asFailure(error, 'FILE_UNREADABLE')
  }
}
