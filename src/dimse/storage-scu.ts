import { TransferSyntax } from '../dicom/transfer-syntaxes.ts'
import { asFailure, Failure } from '../failure.ts'
import { CommandField } from './command.ts'
import { dataSetPdus } from './data-set-pdus.ts'
import type { Peer } from './peer.ts'
import { contextIdOf, MAXIMUM_CONTEXTS, openAssociation, type RequestedAssociation } from './requestor.ts'
import { inImplicitVr, openDataSet } from './stored-data-set.ts'

/** A Part 10 file to send. */
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

/**
 * Stores instances at a peer over one association (more, when they need more than 128 presentation contexts): byte for
 * byte as they are, or from Explicit in Implicit VR Little Endian where a peer takes nothing else. Every instance gets
 * exactly one outcome, in order; when an association cannot be had or is lost, its Failure is the outcome of all that
 * were not answered. Throws only what `onResult` throws.
 */
export async function storeInstances<I extends OutgoingInstance>(
  peer: Peer,
  instances: readonly I[],
  onResult: OnResult<I>,
): Promise<void> {
  const kinds = [...new Set(instances.map(kindOf))]
  for (let first = 0; first < kinds.length; first += KINDS_PER_ASSOCIATION) {
    const proposed = kinds.slice(first, first + KINDS_PER_ASSOCIATION)
    const members = instances.filter((instance) => proposed.includes(kindOf(instance)))
    await storeOverOne(peer, members, onResult)
  }
}

/** `contextsOf` is two at most. */
const KINDS_PER_ASSOCIATION = MAXIMUM_CONTEXTS / 2

/** One presentation context for each SOP class in each transfer syntax: what is accepted is then what we hold. */
const kindOf = ({ sopClassUid, transferSyntaxUid }: OutgoingInstance): string => `${sopClassUid}/${transferSyntaxUid}`

/** Best first: as it is, and in the default transfer syntax, which every peer takes (PS3.5 section 10.1), where we can. */
const contextsOf = (instance: OutgoingInstance): string[] =>
  instance.transferSyntaxUid === TransferSyntax.ExplicitVrLittleEndian
    ? [kindOf(instance), `${instance.sopClassUid}/${TransferSyntax.ImplicitVrLittleEndian}`]
    : [kindOf(instance)]

async function storeOverOne<I extends OutgoingInstance>(
  peer: Peer,
  instances: readonly I[],
  onResult: OnResult<I>,
): Promise<void> {
  const contexts = [...new Set(instances.flatMap(contextsOf))]
  const proposals = contexts.map((context) => {
    const [abstractSyntax = '', transferSyntax = ''] = context.split('/')
    return { abstractSyntax, transferSyntaxes: [transferSyntax] }
  })
  const association = await openAssociation(peer, proposals).catch((error) => asFailure(error, 'INTERNAL'))
  if (association instanceof Failure) {
    for (const instance of instances) await onResult(instance, association)
    return
  }
  try {
    for (const instance of instances) {
      const outcome = await store(association, contexts, instance).catch((error) => asFailure(error, 'INTERNAL'))
      await onResult(instance, outcome)
    }
    await association.release()
  } finally {
    association.abort()
  }
}

async function store(
  association: RequestedAssociation,
  contexts: readonly string[],
  instance: OutgoingInstance,
): Promise<StoreOutcome> {
  const { path, dataSetOffset, sopClassUid, sopInstanceUid, transferSyntaxUid } = instance
  const idOf = (context: string) => contextIdOf(contexts.indexOf(context))
  const context = contextsOf(instance).find((each) => association.accepted.has(idOf(each)))
  if (context === undefined)
    return new Failure('SOP_CLASS_REFUSED', `the peer does not take ${sopClassUid} in ${transferSyntaxUid}`)
  await using stored = await openDataSet(path, dataSetOffset)
  const dataSet = context === kindOf(instance) ? stored : await inImplicitVr(stored)
  const response = await association.request(
    idOf(context),
    { field: CommandField.CStoreRq, sopClassUid, sopInstanceUid },
    dataSetPdus(dataSet, idOf(context), association.maximumPduLength),
  )
  if (response.status === undefined) return new Failure('PEER_SILENT', 'the peer answered without a status')
  return { status: response.status, comment: response.errorComment }
}
