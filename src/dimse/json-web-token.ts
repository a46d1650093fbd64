import { createPublicKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createLocalJWKSet, errors, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose'

export type JwtRules = {
  readonly issuer: string
  /** Who the token is for: us. */
  readonly audience: string
  /** The issuer's public keys: a JSON Web Key Set, or one key in PEM form. */
  readonly keysFile: string
  /** The claim that names the user. */
  readonly userClaim: string
}

/** Signed by a key that only the issuer has; not `none`, and not by a secret that we would have to share. */
const ALGORITHMS = ['ES256', 'ES384', 'ES512', 'EdDSA', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512']
const CLOCK_TOLERANCE = '60s'
const LONGEST_NAME = 128

/** Verifies a token against the keys of the moment. What is wrong with it is told without any of its content. */
export async function verifyToken(rules: JwtRules, token: string): Promise<{ userName: string } | { fault: string }> {
  const { issuer, audience, keysFile, userClaim } = rules
  const text = await readFile(keysFile, 'utf8').catch(() => undefined)
  if (text === undefined) return { fault: "the issuer's keys cannot be read from their file here" }
  const options = { issuer, audience, algorithms: ALGORITHMS, requiredClaims: ['exp'], clockTolerance: CLOCK_TOLERANCE }
  try {
    const name = (await verifySignature(text, token, options))[userClaim]
    if (typeof name !== 'string' || name === '') return { fault: `the token has no claim ${userClaim}` }
    return { userName: name.replace(/[^\x20-\x7e]/g, '?').slice(0, LONGEST_NAME) }
  } catch (error) {
    return { fault: `the token ${wordsOf(error)}` }
  }
}

async function verifySignature(keys: string, token: string, options: JWTVerifyOptions) {
  if (keys.includes('-----BEGIN')) return (await jwtVerify(token, createPublicKey(keys), options)).payload
  const keySet: JWTVerifyGetKey = createLocalJWKSet(JSON.parse(keys))
  return (await jwtVerify(token, keySet, options)).payload
}

function wordsOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'has expired'
  if (error instanceof errors.JWTClaimValidationFailed)
    return `does not have the ${CLAIMS[error.claim] ?? error.claim} we want`
  if (error instanceof errors.JWSSignatureVerificationFailed) return "is not signed by one of the issuer's keys"
  if (error instanceof errors.JWKSNoMatchingKey) return "is signed by a key that is not among the issuer's"
  if (error instanceof errors.JOSEAlgNotAllowed) return 'is signed by an algorithm we do not take'
  if (error instanceof errors.JOSEError) return 'is none, or cannot be verified'
  return "cannot be verified: the issuer's keys here are neither a JSON Web Key Set nor a key in PEM form"
}

const CLAIMS: Readonly<Record<string, string>> = {
  aud: 'audience',
  iss: 'issuer',
  exp: 'time of expiry',
  nbf: 'begin of validity',
}
