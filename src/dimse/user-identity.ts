import { invalid } from './pdu.ts'

/** User-Identity-Type, PS3.7 Table D.3-14. */
export const IdentityType = { Username: 1, UsernameAndPasscode: 2, Kerberos: 3, Saml: 4, JsonWebToken: 5 } as const

const NAMES: Readonly<Record<number, string>> = {
  1: 'username',
  2: 'username and passcode',
  3: 'Kerberos',
  4: 'SAML',
  5: 'JSON Web Token',
}
export const identityTypeName = (type: number): string => NAMES[type] ?? `type ${type}`

/** Who a peer says its user is, PS3.7 section D.3.3.7.1. The fields are secrets: they go into no log and no error. */
export type UserIdentity = {
  readonly type: number
  readonly responseRequested: boolean
  readonly primary: Buffer
  readonly secondary: Buffer
}

/** @throws ProtocolError */
export function parseUserIdentity(item: Buffer): UserIdentity {
  const field = (at: number): Buffer => {
    const end = at + 2 + (at + 2 <= item.length ? item.readUInt16BE(at) : Number.POSITIVE_INFINITY)
    if (end > item.length) throw invalid('a user identity breaks off')
    return item.subarray(at + 2, end)
  }
  const primary = field(2)
  // Some leave the secondary field out where none is due.
  const at = 4 + primary.length
  const secondary = at === item.length ? Buffer.alloc(0) : field(at)
  return { type: item.readUInt8(0), responseRequested: item.readUInt8(1) === 1, primary, secondary }
}
