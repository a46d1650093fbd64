import { X509Certificate } from 'node:crypto'
import { Failure } from '../failure.ts'

/** What identifies the holder of a certificate. */
export type CertificateNames = {
  /** The subject's common name, and the DNS names, IP addresses and URIs of its subject alternative names. */
  readonly names: readonly string[]
  /** SHA-256 of the certificate: hexadecimal digits with colons between. */
  readonly fingerprint256: string
}

/** Names come from a peer: printable ASCII only, and not endless. */
const printable = (text: string) => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 256)

const alternativeNames = (text: string | undefined): string[] =>
  (text ?? '').split(', ').flatMap((each) => /^(?:DNS|IP Address|URI):(.+)$/.exec(each)?.[1] ?? [])

const commonName = (subject: string | undefined): string[] =>
  (subject ?? '').split('\n').flatMap((each) => /^CN=(.+)$/.exec(each)?.[1] ?? [])

export const namesOf = ({ subject, subjectAltName, fingerprint256 }: X509Certificate): CertificateNames => ({
  names: [...new Set([...commonName(subject), ...alternativeNames(subjectAltName)])].map(printable),
  fingerprint256,
})

/** In one line, for people: subject and issuer. */
export const certificateWords = ({ subject, issuer }: X509Certificate): string =>
  `'${oneLine(subject)}' of '${oneLine(issuer)}'`

const oneLine = (name: string | undefined) => printable((name || 'nameless').split('\n').join(', '))

/** Whether a certificate is the one that `wanted` names: a name (in any case), or `sha256:` and its fingerprint. */
export function isNamed({ names, fingerprint256 }: CertificateNames, wanted: string): boolean {
  const [, fingerprint] = /^sha256:(.+)$/i.exec(wanted) ?? []
  if (fingerprint !== undefined) return hexadecimal(fingerprint) === hexadecimal(fingerprint256)
  return names.some((name) => name.toLowerCase() === wanted.toLowerCase())
}

const hexadecimal = (text: string) => text.replaceAll(':', '').toLowerCase()

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** @throws Failure CERTIFICATE_INVALID; `from` says where the PEM text is from */
export function parseCertificates(pem: string, from: string): [X509Certificate, ...X509Certificate[]] {
  const texts = pem.match(PEM) ?? []
  try {
    const [first, ...rest] = texts.map((text) => new X509Certificate(text))
    if (first) return [first, ...rest]
  } catch (cause) {
    throw new Failure('CERTIFICATE_INVALID', `${from} holds a certificate that cannot be read`, { cause })
  }
  throw new Failure('CERTIFICATE_INVALID', `${from} holds no certificate in PEM form`)
}
