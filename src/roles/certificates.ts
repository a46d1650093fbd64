import { stat } from 'node:fs/promises'
import { asFailure, Failure } from '../failure.ts'
import type { Events } from '../observe/events.ts'
import { certificateWords } from '../tls/certificate.ts'
import { readTlsCredentials, type TlsCredentials, type TlsFiles, unusableToday, validity } from '../tls/credentials.ts'
import { sweep } from './sweep.ts'

/** How often the files are looked at. */
const LOOK_MS = 5000

export type Certificates = AsyncDisposable & { current(name: string): TlsCredentials }

/**
 * Certificates in use, by the name of what they are for; `section` of the configuration says so. Read at the start, and again when their files change (looked at
 * every few seconds, and at SIGHUP). What cannot be used is not taken; the old ones stay.
 * @throws Failure CERTIFICATE_INVALID
 */
export async function openCertificates(
  events: Events,
  section: string,
  wanted: ReadonlyMap<string, TlsFiles>,
): Promise<Certificates> {
  const kept = new Map<string, Kept>()
  for (const [name, files] of wanted) kept.set(name, await Kept.open(events, `${section}.${name}`, files))
  const lookAtAll = async (now: boolean) => {
    for (const each of kept.values()) await each.look(now)
  }
  const told = () => void lookAtAll(true)
  process.on('SIGHUP', told)
  const looking = sweep(events, 'look-at-certificates', LOOK_MS, () => lookAtAll(false))
  return {
    current(name) {
      const found = kept.get(name)
      if (!found) throw new Failure('INTERNAL', `no certificates are kept for ${name}`)
      return found.credentials
    },
    async [Symbol.asyncDispose]() {
      process.off('SIGHUP', told)
      await looking[Symbol.asyncDispose]()
    },
  }
}

class Kept {
  credentials: TlsCredentials
  readonly #events: Events
  readonly #name: string
  readonly #files: TlsFiles
  #used: string
  #refused = ''
  #seen = ''

  private constructor(events: Events, name: string, files: TlsFiles, credentials: TlsCredentials, used: string) {
    this.#events = events
    this.#name = name
    this.#files = files
    this.credentials = credentials
    this.#used = used
  }

  static async open(events: Events, name: string, files: TlsFiles): Promise<Kept> {
    const used = await signatureOf(files)
    const kept = new Kept(events, name, files, await readTlsCredentials(files), used)
    kept.#tell()
    return kept
  }

  /** Files that are being replaced one after the other are given time until the next look, unless it is to be `now`. */
  async look(now: boolean): Promise<void> {
    const signature = await signatureOf(this.#files)
    if (signature === this.#used || signature === this.#refused) return
    const settled = now || signature === this.#seen
    this.#seen = signature
    try {
      const credentials = await readTlsCredentials(this.#files)
      const unusable = unusableToday(credentials)
      if (unusable !== undefined) throw new Failure('CERTIFICATE_INVALID', unusable)
      this.credentials = credentials
      this.#used = signature
      this.#tell()
    } catch (error) {
      if (!settled) return
      this.#refused = signature
      this.#events.certificateNotTaken(this.#name, asFailure(error, 'CERTIFICATE_INVALID'))
    }
  }

  #tell(): void {
    const { own, authorities } = this.credentials
    const [leaf] = own
    const tell = (part: string, certificates: TlsCredentials['own']) => {
      const [soonest] = certificates.toSorted((a, b) => Number(validity(a).to) - Number(validity(b).to))
      if (!soonest) return
      const words = certificateWords(soonest)
      this.#events.certificateInUse({ certificate: `${this.#name}.${part}`, words, expiresAt: validity(soonest).to })
    }
    tell('certificate', leaf ? [leaf] : [])
    tell('ca', authorities)
  }
}

/** Changes when one of the files does. */
async function signatureOf({ certificate, key, ca, crl }: TlsFiles): Promise<string> {
  const of = async (path: string | undefined) => {
    if (path === undefined) return ''
    const found = await stat(path).catch(() => undefined)
    return found ? `${found.mtimeMs} ${found.size} ${found.ino}` : 'gone'
  }
  return (await Promise.all([certificate, key, ca, crl].map(of))).join('|')
}
