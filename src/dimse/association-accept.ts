import { ITEMS_OFFSET, ItemType, itemsOf, itemText, maximumLengthOf, readItems } from './association-items.ts'
import { ContextResult } from './negotiation.ts'
import { invalid } from './pdu.ts'

export type AssociationAccept = {
  /** The transfer syntax of each presentation context that was accepted, by its ID. */
  readonly accepted: ReadonlyMap<number, string>
  readonly maximumPduLength: number
}

/**
 * The body of an A-ASSOCIATE-AC, PS3.8 section 9.3.3.
 * @throws ProtocolError
 */
export function parseAssociationAccept(body: Buffer): AssociationAccept {
  const items = readItems(body.subarray(ITEMS_OFFSET))
  const accepted = new Map<number, string>()
  for (const value of itemsOf(items, ItemType.PresentationContextAnswered)) {
    if (value.length < 4) throw invalid('a presentation context breaks off')
    if (value.readUInt8(2) !== ContextResult.Acceptance) continue
    const transferSyntax = itemText(itemsOf(readItems(value.subarray(4)), ItemType.TransferSyntax)[0])
    accepted.set(value.readUInt8(0), transferSyntax)
  }
  const user = itemsOf(items, ItemType.UserInformation).flatMap(readItems)
  return { accepted, maximumPduLength: maximumLengthOf(user) }
}
