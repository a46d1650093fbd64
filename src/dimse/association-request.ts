import { ITEMS_OFFSET, ItemType, itemsOf, itemText, maximumLengthOf, readItems } from './association-items.ts'
import { invalid } from './pdu.ts'
import { parseUserIdentity, type UserIdentity } from './user-identity.ts'

export type ProposedContext = {
  readonly id: number
  readonly abstractSyntax: string
  /** In the requestor's order. */
  readonly transferSyntaxes: readonly string[]
}

/** Roles that the requestor proposes for itself, PS3.7 Annex D.3.3.4. */
type ProposedRoles = { readonly asScu: boolean; readonly asScp: boolean }

/** What an A-ASSOCIATE-RQ asks for. Asynchronous operations and extended negotiation are not read. */
export type AssociationRequest = {
  readonly protocolVersion: number
  readonly calledAeTitle: string
  readonly callingAeTitle: string
  readonly applicationContextName: string
  readonly contexts: readonly ProposedContext[]
  /** By SOP class, for those with role selection. */
  readonly roles: ReadonlyMap<string, ProposedRoles>
  readonly maximumPduLength: number
  readonly implementationClassUid: string
  readonly implementationVersionName: string
  readonly userIdentity?: UserIdentity
}

function parseContext(value: Buffer): ProposedContext {
  if (value.length < 4) throw invalid('a presentation context breaks off')
  const id = value.readUInt8(0)
  if (id % 2 === 0) throw invalid('a presentation context ID is even')
  const items = readItems(value.subarray(4))
  const abstractSyntaxes = itemsOf(items, ItemType.AbstractSyntax).map(itemText)
  const transferSyntaxes = itemsOf(items, ItemType.TransferSyntax).map(itemText)
  const [abstractSyntax] = abstractSyntaxes
  if (!abstractSyntax || abstractSyntaxes.length > 1) throw invalid('a presentation context has one abstract syntax')
  if (transferSyntaxes.length === 0) throw invalid('a presentation context has no transfer syntax')
  return { id, abstractSyntax, transferSyntaxes }
}

function parseRoles(value: Buffer): [string, ProposedRoles] {
  const length = value.length < 2 ? 0 : value.readUInt16BE(0)
  if (value.length !== length + 4) throw invalid('a role selection breaks off')
  const [asScu, asScp] = [value.readUInt8(length + 2) === 1, value.readUInt8(length + 3) === 1]
  return [itemText(value.subarray(2, length + 2)), { asScu, asScp }]
}

/**
 * The body of an A-ASSOCIATE-RQ, PS3.8 section 9.3.2. Presentation contexts may come in any order.
 * @throws ProtocolError
 */
export function parseAssociationRequest(body: Buffer): AssociationRequest {
  const items = readItems(body.subarray(ITEMS_OFFSET))
  const contexts = itemsOf(items, ItemType.PresentationContextProposed).map(parseContext)
  if (contexts.length === 0) throw invalid('no presentation context is proposed')
  if (new Set(contexts.map(({ id }) => id)).size < contexts.length)
    throw invalid('a presentation context ID is used twice')
  const user = itemsOf(items, ItemType.UserInformation).flatMap(readItems)
  const [identity, secondIdentity] = itemsOf(user, ItemType.UserIdentity)
  if (secondIdentity) throw invalid('there are two user identities')
  return {
    protocolVersion: body.readUInt16BE(0),
    calledAeTitle: itemText(body.subarray(4, 20)),
    callingAeTitle: itemText(body.subarray(20, 36)),
    applicationContextName: itemText(itemsOf(items, ItemType.ApplicationContext)[0]),
    contexts,
    roles: new Map(itemsOf(user, ItemType.RoleSelection).map(parseRoles)),
    maximumPduLength: maximumLengthOf(user),
    implementationClassUid: itemText(itemsOf(user, ItemType.ImplementationClassUid)[0]),
    implementationVersionName: itemText(itemsOf(user, ItemType.ImplementationVersionName)[0]),
    ...(identity && { userIdentity: parseUserIdentity(identity) }),
  }
}
