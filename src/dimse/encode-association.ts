import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from '../dicom/implementation.ts'
import { APPLICATION_CONTEXT_NAME, ITEMS_OFFSET, ItemType } from './association-items.ts'
import type { AssociationRequest } from './association-request.ts'
import type { NegotiatedContext } from './negotiation.ts'
import { MAXIMUM_PDU_LENGTH, PDU_HEADER_BYTES, type PduName, typeOfPdu } from './pdu.ts'

function pdu(name: PduName, body: Buffer): Buffer {
  const header = Buffer.alloc(PDU_HEADER_BYTES)
  header.writeUInt8(typeOfPdu(name), 0)
  header.writeUInt32BE(body.length, 2)
  return Buffer.concat([header, body])
}

/** A-ASSOCIATE-RJ, PS3.8 section 9.3.4. */
export const associationReject = ({ result, source, reason }: { result: number; source: number; reason: number }) =>
  pdu('A-ASSOCIATE-RJ', Buffer.from([0, result, source, reason]))

/** PS3.8 sections 9.3.6 and 9.3.7. */
export const releaseRequest = (): Buffer => pdu('A-RELEASE-RQ', Buffer.alloc(4))
export const releaseResponse = (): Buffer => pdu('A-RELEASE-RP', Buffer.alloc(4))

/** PS3.8 section 9.3.8. */
export const abort = (source: number, reason: number): Buffer => pdu('A-ABORT', Buffer.from([0, 0, source, reason]))

function item(type: number, ...values: Buffer[]): Buffer {
  const header = Buffer.from([type, 0, 0, 0])
  header.writeUInt16BE(
    values.reduce((sum, { length }) => sum + length, 0),
    2,
  )
  return Buffer.concat([header, ...values])
}

const text = (value: string) => Buffer.from(value, 'latin1')

function unsigned(value: number, bytes: 2 | 4): Buffer {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUIntBE(value, 0, bytes)
  return buffer
}

export type Answer = {
  readonly contexts: readonly NegotiatedContext[]
  /** By SOP class, the roles of the requestor that we agree to. */
  readonly roles: AssociationRequest['roles']
  /** The peer asked to hear that its user was identified, and was. */
  readonly userConfirmed: boolean
}

/** What is answered to a context that is rejected has no transfer syntax that counts, but has one: PS3.8 Table 9-18. */
const NO_TRANSFER_SYNTAX = '1.2.840.10008.1.2'

const contextItem = ({ id, result, transferSyntax = NO_TRANSFER_SYNTAX }: NegotiatedContext): Buffer =>
  item(
    ItemType.PresentationContextAnswered,
    Buffer.from([id, 0, result, 0]),
    item(ItemType.TransferSyntax, text(transferSyntax)),
  )

/** PS3.8 Annex D and PS3.7 Annex D.3.3. */
function userInformation({ roles, userConfirmed }: Answer): Buffer {
  const rolesOf = [...roles].map(([sopClassUid, { asScu, asScp }]) =>
    item(ItemType.RoleSelection, unsigned(sopClassUid.length, 2), text(sopClassUid), Buffer.from([+asScu, +asScp])),
  )
  return item(
    ItemType.UserInformation,
    item(ItemType.MaximumLength, unsigned(MAXIMUM_PDU_LENGTH, 4)),
    item(ItemType.ImplementationClassUid, text(IMPLEMENTATION_CLASS_UID)),
    ...rolesOf,
    item(ItemType.ImplementationVersionName, text(IMPLEMENTATION_VERSION_NAME)),
    // Without Kerberos or SAML it says nothing more than that: PS3.7 Table D.3-15.
    ...(userConfirmed ? [item(ItemType.UserIdentityAnswered, unsigned(0, 2))] : []),
  )
}

/** A-ASSOCIATE-AC, PS3.8 section 9.3.3. What the request said of version and AE titles is said again. */
export function associationAccept(request: AssociationRequest, answer: Answer): Buffer {
  const fixed = Buffer.alloc(ITEMS_OFFSET)
  fixed.writeUInt16BE(1, 0)
  fixed.write(request.calledAeTitle.padEnd(16), 4, 16, 'latin1')
  fixed.write(request.callingAeTitle.padEnd(16), 20, 16, 'latin1')
  return pdu(
    'A-ASSOCIATE-AC',
    Buffer.concat([
      fixed,
      item(ItemType.ApplicationContext, text(APPLICATION_CONTEXT_NAME)),
      ...answer.contexts.map(contextItem),
      userInformation(answer),
    ]),
  )
}
