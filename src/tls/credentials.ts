import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { errorCode, Failure } from '../failure.ts'
import { parseCertificates } from './certificate.ts'

/** Paths of PEM files. */
export type TlsFiles = {
  /** Ours, followed by the intermediates a peer needs. */
  readonly certificate?: string | undefined
  readonly key?: string | undefined
  /** Of the authorities whose certificates we accept; those that Node.js brings along when absent. */
  readonly ca?: string | undefined
  /** What those authorities have revoked: a list of each, also of those between. Nothing is asked of them when absent. */
  readonly crl?: string | undefined
}

/** How we show who we are, and whose word we take for who a peer is. */
export type TlsCredentials = {
  readonly context: SecureContextOptions
  /** Ours first, then its intermediates. */
  readonly own: readonly X509Certificate[]
  readonly authorities: readonly X509Certificate[]
}

const fault = (words: string, cause?: unknown) => new Failure('CERTIFICATE_INVALID', words, { cause })

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw fault(`${path} cannot be read: ${cause.code}`, cause)
  })
}

function parseKey(pem: string, path: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (cause) {
    // The cause is about the key's form; the words may not quote any of it.
    throw fault(`${path} holds no private key in PEM form that can be read without a passphrase`, cause)
  }
}

/**
 * Reads certificate, key and authorities, and makes sure that they can be used together.
 * @throws Failure CERTIFICATE_INVALID
 */
export async function readTlsCredentials(files: TlsFiles): Promise<TlsCredentials> {
  const { certificate, key, ca, crl } = files
  const authorities = ca === undefined ? undefined : await read(ca)
  const own = certificate === undefined ? undefined : await read(certificate)
  const secret = key === undefined ? undefined : await read(key)
  const revoked = crl === undefined ? undefined : await read(crl)
  const ownCertificates = certificate === undefined ? [] : parseCertificates(own ?? '', certificate)
  const [leaf] = ownCertificates
  if (leaf && key !== undefined && !leaf.checkPrivateKey(parseKey(secret ?? '', key)))
    throw fault(`${key} is not the key of the certificate in ${certificate}`)
  const context: SecureContextOptions = {
    ...(own !== undefined && { cert: own }),
    ...(secret !== undefined && { key: secret }),
    ...(authorities !== undefined && { ca: authorities }),
    ...(revoked !== undefined && { crl: revoked }),
  }
  const credentials = {
    context,
    own: ownCertificates,
    authorities: ca === undefined ? [] : parseCertificates(authorities ?? '', ca),
  }
  try {
    createSecureContext(context)
  } catch (cause) {
    const named = errorCode(cause)
    const code = named ? `: ${named}` : ''
    throw fault(`${[certificate, ca, crl].filter(Boolean).join(', ')} cannot be used for TLS${code}`, cause)
  }
  return credentials
}

/** When a certificate begins and ceases to be valid. */
export const validity = ({ validFrom, validTo }: X509Certificate) => ({
  from: new Date(validFrom),
  to: new Date(validTo),
})

/** Why our own certificate cannot be shown today; undefined when it can. */
export function unusableToday({ own: [leaf] }: TlsCredentials, now = new Date()): string | undefined {
  if (!leaf) return undefined
  const { from, to } = validity(leaf)
  if (now > to) return `it expired on ${to.toISOString()}`
  if (now < from) return `it is valid from ${from.toISOString()} only`
  return undefined
}
