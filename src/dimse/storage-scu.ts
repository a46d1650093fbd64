import { TransferSyntax } from '../dicom/transfer-syntaxes.ts'
import { asFailure, Failure } from '../failure.ts'
import { CommandField } from './command.ts'
import { dataSetPdus, type EncodedDataSet, openSendMemory, type SendMemory } from './data-set-pdus.ts'
import type { Peer } from './peer.ts'
import { contextIdOf, MAXIMUM_CONTEXTS } from './proposal.ts'
import { openAssociation, type RequestedAssociation } from './requestor.ts'
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

/** With the same in other SOP classes, best first: what is sent where a peer does not take this one's class. */
type WithAlternatives = OutgoingInstance & { readonly alternatives?: readonly OutgoingInstance[] }

/** The peer's status (Warning and Failure too) to the instance or the alternative that was sent, or why there is none. */
export type StoreOutcome =
  | { readonly status: number; readonly comment: string; readonly sent: OutgoingInstance }
  | Failure
/** `unsent`: without a byte of it sent. */
type OnResult<I> = (instance: I, outcome: StoreOutcome, unsent: boolean) => void | Promise<void>

/** What is lost with so many associations gets no further one. */
const MOST_LOST = 3

/**
 * Stores instances at a peer over one association (more, when they need more than 128 presentation contexts): byte for
 * byte as they are, or from Explicit in Implicit VR Little Endian where a peer takes nothing else. Every instance gets
 * exactly one outcome, in order. When an association cannot be had, its Failure is the outcome of all; when one is lost,
 * that of the instance under way, and the others go over another, so that one that a peer cannot bear does not keep it
 * from the rest. Throws only what `onResult` throws.
 */
export async function storeInstances<I extends WithAlternatives>(
  peer: Peer,
  instances: readonly I[],
  onResult: OnResult<I>,
): Promise<void> {
  let lost = 0
  for (const group of groupsOf(instances))
    for (let left: readonly I[] = group; left.length > 0; lost++)
      left = await storeOverOne(peer, left, lost + 1 < MOST_LOST, onResult)
}

/** Whose presentation contexts fit into one association. */
function groupsOf<I extends WithAlternatives>(instances: readonly I[]): I[][] {
  const groups: { contexts: Set<string>; kinds: Set<string> }[] = []
  const kindsOf = (instance: I) => contextsOf(instance).join()
  for (const kinds of new Set(instances.map(kindsOf))) {
    const last = groups.at(-1)
    const contexts = new Set([...(last?.contexts ?? []), ...kinds.split(',')])
    if (last && contexts.size <= MAXIMUM_CONTEXTS) {
      last.contexts = contexts
      last.kinds.add(kinds)
    } else groups.push({ contexts: new Set(kinds.split(',')), kinds: new Set([kinds]) })
  }
  return groups.map(({ kinds }) => instances.filter((instance) => kinds.has(kindsOf(instance))))
}

const candidatesOf = (instance: WithAlternatives): OutgoingInstance[] => [instance, ...(instance.alternatives ?? [])]

/** One presentation context for each SOP class in each transfer syntax: what is accepted is then what we hold. */
const kindOf = ({ sopClassUid, transferSyntaxUid }: OutgoingInstance): string => `${sopClassUid}/${transferSyntaxUid}`

/** Best first: as it is, and in the default transfer syntax, which every peer takes (PS3.5 section 10.1), where we can. */
const contextsOfOne = (instance: OutgoingInstance): string[] =>
  instance.transferSyntaxUid === TransferSyntax.ExplicitVrLittleEndian
    ? [kindOf(instance), `${instance.sopClassUid}/${TransferSyntax.ImplicitVrLittleEndian}`]
    : [kindOf(instance)]

const contextsOf = (instance: WithAlternatives): string[] => candidatesOf(instance).flatMap(contextsOfOne)

/** What is left because the association was lost before; nothing unless `goingOn`. */
async function storeOverOne<I extends WithAlternatives>(
  peer: Peer,
  instances: readonly I[],
  goingOn: boolean,
  onResult: OnResult<I>,
): Promise<readonly I[]> {
  const contexts = [...new Set(instances.flatMap(contextsOf))]
  const proposals = contexts.map((context) => {
    const [abstractSyntax = '', transferSyntax = ''] = context.split('/')
    return { abstractSyntax, transferSyntaxes: [transferSyntax] }
  })
  const association = await openAssociation(peer, proposals).catch((error) => asFailure(error, 'INTERNAL'))
  if (association instanceof Failure) {
    for (const instance of instances) await onResult(instance, association, true)
    return []
  }
  const memory = openSendMemory()
  const ready = (instance: I | undefined) => instance && openOutgoing(association, contexts, instance)
  let next = ready(instances[0])
  try {
    for (const [place, instance] of instances.entries()) {
      const opened = await next
      // What comes next is opened while this is on its way.
      next = ready(instances[place + 1])
      const unsent = association.ended
      const outcome = await store(association, opened, memory).catch((error) => asFailure(error, 'INTERNAL'))
      await onResult(instance, outcome, unsent)
      if (association.ended && goingOn) return instances.slice(place + 1)
    }
    await association.release()
    return []
  } finally {
    association.abort()
    close(await next)
  }
}

/** What is sent of an instance, in which presentation context. */
type Outgoing = {
  readonly sent: OutgoingInstance
  readonly contextId: number
  /** In Implicit VR, that it is not in. */
  readonly reEncoded: boolean
  readonly dataSet: EncodedDataSet & Disposable
}

const close = (outgoing: Outgoing | Failure | undefined) =>
  outgoing && !(outgoing instanceof Failure) && outgoing.dataSet[Symbol.dispose]()

/** Never rejects. */
async function openOutgoing(
  association: RequestedAssociation,
  contexts: readonly string[],
  instance: WithAlternatives,
): Promise<Outgoing | Failure> {
  const idOf = (context: string) => contextIdOf(contexts.indexOf(context))
  const contextFor = (each: OutgoingInstance) =>
    contextsOfOne(each).find((context) => association.accepted.has(idOf(context)))
  const sent = candidatesOf(instance).find(contextFor)
  const context = sent && contextFor(sent)
  if (!sent || context === undefined) {
    const classes = candidatesOf(instance).map(({ sopClassUid }) => sopClassUid)
    return new Failure(
      'SOP_CLASS_REFUSED',
      `the peer does not take ${classes.join(', ')} in ${instance.transferSyntaxUid}`,
    )
  }
  try {
    const dataSet = await openDataSet(sent.path, sent.dataSetOffset)
    return { sent, contextId: idOf(context), reEncoded: context !== kindOf(sent), dataSet }
  } catch (error) {
    return asFailure(error, 'INTERNAL')
  }
}

async function store(
  association: RequestedAssociation,
  outgoing: Outgoing | Failure | undefined,
  memory: SendMemory,
): Promise<StoreOutcome> {
  if (!outgoing || outgoing instanceof Failure) return outgoing ?? new Failure('INTERNAL', 'an instance was not opened')
  const { sent, contextId, reEncoded, dataSet: stored } = outgoing
  try {
    const { sopClassUid, sopInstanceUid } = sent
    const dataSet = reEncoded ? await inImplicitVr(stored) : stored
    const response = await association.request(
      contextId,
      { field: CommandField.CStoreRq, sopClassUid, sopInstanceUid },
      dataSetPdus(dataSet, contextId, association.maximumPduLength, memory),
    )
    if (response.status === undefined) return new Failure('PEER_SILENT', 'the peer answered without a status')
    return { status: response.status, comment: response.errorComment, sent }
  } finally {
    close(outgoing)
  }
}
