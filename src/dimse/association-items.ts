import { trimmed } from '../study/padding.ts'
import { invalid } from './pdu.ts'

/** Items of A-ASSOCIATE-RQ and -AC, PS3.8 sections 9.3.2 and 9.3.3, PS3.7 Annex D.3.3. */
export const ItemType = {
  ApplicationContext: 0x10,
  PresentationContextProposed: 0x20,
  PresentationContextAnswered: 0x21,
  AbstractSyntax: 0x30,
  TransferSyntax: 0x40,
  UserInformation: 0x50,
  MaximumLength: 0x51,
  ImplementationClassUid: 0x52,
  RoleSelection: 0x54,
  ImplementationVersionName: 0x55,
  UserIdentity: 0x58,
  UserIdentityAnswered: 0x59,
} as const

/** Where the items begin in the body of an association PDU. */
export const ITEMS_OFFSET = 68

/** PS3.7 Annex A.2.1. */
export const APPLICATION_CONTEXT_NAME = '1.2.840.10008.3.1.1.1'

type Item = { readonly type: number; readonly value: Buffer }

/** @throws ProtocolError when an item does not fit */
export function readItems(bytes: Buffer): Item[] {
  const items: Item[] = []
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) throw invalid('an association item breaks off')
    const end = at + 4 + bytes.readUInt16BE(at + 2)
    if (end > bytes.length) throw invalid('an association item is longer than its PDU')
    items.push({ type: bytes.readUInt8(at), value: bytes.subarray(at + 4, end) })
    at = end
  }
  return items
}

export const itemsOf = (items: readonly Item[], type: number): Buffer[] =>
  items.filter((item) => item.type === type).map(({ value }) => value)

/** UIDs and names as some devices pad them, with NUL or space. Anything not printable becomes a question mark. */
export const itemText = (value: Buffer | undefined): string =>
  trimmed(value?.toString('latin1') ?? '').replace(/[^\x20-\x7e]/g, '?')

/** The longest P-DATA-TF the peer takes; 0 or no such item: without limit (PS3.8 Annex D.1). */
export function maximumLengthOf(userInformation: readonly Item[]): number {
  const value = itemsOf(userInformation, ItemType.MaximumLength)[0]
  if (!value) return 0
  if (value.length !== 4) throw invalid('Maximum Length is not four bytes')
  return value.readUInt32BE(0)
}
