import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { AssociationRequest } from './association-request.ts'
import { GuessLimit } from './guess-limit.ts'
import type { JwtRules } from './json-web-token.ts'
import type { Origin } from './origin.ts'
import { type Rejection, temporaryCongestion, userNotIdentified } from './rejection.ts'
import { IdentityType, identityTypeName, type UserIdentity } from './user-identity.ts'

type User = {
  readonly name: string
  /** Holds the passcode; a line break at its end is none of it. Absent: the name alone is enough. */
  readonly passcodeFile?: string | undefined
}

export type IdentityRules = {
  /** Whether whoever associates has to say who its user is. */
  readonly required: boolean
  readonly users: readonly User[]
  readonly jwt?: JwtRules | undefined
  /** What becomes of kinds of identity that cannot be verified here: Kerberos, SAML, and what is to come. */
  readonly otherKinds: 'refuse' | 'ignore'
}

/** What is known of a peer's user; `confirmed` when it asked for a positive response. */
export type Identified = { readonly userName?: string; readonly confirmed?: boolean }
export type Identify = (request: AssociationRequest, origin: Origin) => Promise<Identified | Rejection>

/**
 * Verifies who a peer says its user is, PS3.7 section D.3.3.7. Secrets are read from their files each time, so that new
 * ones hold at once. Only names that are listed here are ever told.
 */
export function openIdentification(rules: IdentityRules): Identify {
  const limit = new GuessLimit()
  return async ({ userIdentity, callingAeTitle }, { remoteAddress }) => {
    const verifiable = userIdentity && canVerify(rules, userIdentity)
    if (userIdentity && !verifiable && rules.otherKinds === 'refuse')
      return userNotIdentified(`user identity by ${identityTypeName(userIdentity.type)} is not taken here`)
    if (!userIdentity || !verifiable)
      return rules.required ? userNotIdentified('the peer did not say who its user is') : {}
    const who = `${callingAeTitle} ${remoteAddress}`
    if (limit.reached(who)) return temporaryCongestion('user identity: too many wrong ones within a minute')
    const found = await verify(rules, userIdentity)
    if ('fault' in found) {
      limit.wrong(who)
      return userNotIdentified(`user identity: ${found.fault}`)
    }
    limit.right(who)
    return { userName: found.userName, ...(userIdentity.responseRequested && { confirmed: true }) }
  }
}

const canVerify = ({ users, jwt }: IdentityRules, { type }: UserIdentity): boolean =>
  type === IdentityType.JsonWebToken
    ? jwt !== undefined
    : users.length > 0 && (type === IdentityType.Username || type === IdentityType.UsernameAndPasscode)

type Found = { userName: string } | { fault: string }

async function verify({ users, jwt }: IdentityRules, { type, primary, secondary }: UserIdentity): Promise<Found> {
  if (type === IdentityType.JsonWebToken && jwt) {
    // Loaded by those who need it: it is large.
    const { verifyToken } = await import('./json-web-token.ts')
    return verifyToken(jwt, primary.toString('utf8'))
  }
  const name = primary.toString('utf8').trim()
  const user = users.find((each) => each.name === name)
  if (!user) return { fault: 'the user is not listed' }
  if (user.passcodeFile === undefined) return { userName: user.name }
  if (type === IdentityType.Username) return { fault: `'${user.name}' has to give a passcode too` }
  const passcode = await readFile(user.passcodeFile).catch(() => undefined)
  if (!passcode || passcode.length === 0)
    return { fault: `the passcode of '${user.name}' cannot be read from its file here` }
  return same(passcode, secondary) ? { userName: user.name } : { fault: `the passcode of '${user.name}' is wrong` }
}

/** In a time that tells nothing of the passcode. */
function same(kept: Buffer, given: Buffer): boolean {
  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest()
  return timingSafeEqual(digest(Buffer.from(kept.toString('utf8').replace(/\r?\n$/, ''))), digest(given))
}
