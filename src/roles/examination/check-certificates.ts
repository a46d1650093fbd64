import type { X509Certificate } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { Config } from '../../config/schema.ts'
import { certificateWords, namesOf } from '../../tls/certificate.ts'
import {
  readTlsCredentials,
  type TlsCredentials,
  type TlsFiles,
  unusableToday,
  validity,
} from '../../tls/credentials.ts'
import { type Check, type Found, Trouble } from './checkup.ts'

const DAY_MS = 86_400_000
const RENEW_DAYS = 30
const SHORTEST_RSA_BITS = 2048

/** Of the port where associations come in over TLS. */
export const checksOfReceiverCertificates = ({ dicom: { tls } }: Config): Record<string, Check> =>
  tls ? { 'certificate dicom.tls': () => checkCertificates(tls) } : {}

/** Of the destinations that are called over TLS. */
export function checksOfDestinationCertificates({ destinations }: Config): Record<string, Check> {
  const checks: Record<string, Check> = {}
  for (const destination of destinations) {
    const files: TlsFiles | undefined = 'tls' in destination ? destination.tls : undefined
    if (files?.certificate || files?.ca)
      checks[`certificate destinations.${destination.name}.tls`] = () => checkCertificates(files)
  }
  return checks
}

/** Files, validity, key and chain. */
export async function checkCertificates(files: TlsFiles): Promise<Found> {
  const credentials = await readTlsCredentials(files)
  const { own, authorities } = credentials
  const [leaf] = own
  const unusable = unusableToday(credentials)
  if (leaf && unusable)
    throw new Trouble(
      `${certificateWords(leaf)}: ${unusable}`,
      `put a new one into ${files.certificate}; it is taken at once`,
    )
  const late = authorities.filter((each) => validity(each).to < new Date())
  if (late.length > 0 && late.length === authorities.length)
    throw new Trouble(`${late.map(certificateWords).join(', ')}: expired`, `put today's authorities into ${files.ca}`)
  const words = leaf
    ? `${certificateWords(leaf)}, until ${validity(leaf).to.toISOString().slice(0, 10)}`
    : `${authorities.length} authorities, none of ours to show`
  const concerns = [...(leaf ? concernsOf(leaf, credentials, files) : []), ...(await keyConcerns(files.key))]
  return concerns.length > 0 ? { words, concern: concerns.join('; ') } : words
}

function concernsOf(leaf: X509Certificate, { own, authorities }: TlsCredentials, files: TlsFiles): string[] {
  const concerns: string[] = []
  const soonest = Math.min(...[...own, ...authorities].map((each) => Number(validity(each).to)))
  const days = Math.floor((soonest - Date.now()) / DAY_MS)
  if (days < RENEW_DAYS) concerns.push(`${days} days are left to the first that expires: renew it`)
  if (!chainEnds(own, authorities))
    concerns.push(
      `peers may not find the way from it to its authority: append its intermediates to ${files.certificate}`,
    )
  const { asymmetricKeyType, asymmetricKeyDetails } = leaf.publicKey
  if (asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) < SHORTEST_RSA_BITS)
    concerns.push(`its RSA key has less than ${SHORTEST_RSA_BITS} bits: make a longer one`)
  if (!leaf.subjectAltName)
    concerns.push(`it has no subject alternative name, only ${namesOf(leaf).names.join(', ')}: some peers want one`)
  return concerns
}

/** From the first certificate each is issued by the next, and the last by itself or by an authority that is known. */
function chainEnds(own: readonly X509Certificate[], authorities: readonly X509Certificate[]): boolean {
  const links = own.slice(0, -1).every((each, at) => own[at + 1] && each.checkIssued(own[at + 1] ?? each))
  const last = own.at(-1)
  return links && last !== undefined && [last, ...authorities].some((each) => last.checkIssued(each))
}

async function keyConcerns(key: string | undefined): Promise<string[]> {
  if (key === undefined) return []
  const { mode } = await stat(key)
  return (mode & 0o077) === 0 ? [] : [`others on this machine may read the key: chmod 600 ${key}`]
}
