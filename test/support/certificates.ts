import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { temporaryFolder } from './needs.ts'

const run = promisify(execFile)
const openssl = (...args: string[]) => run('openssl', args)
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

export type Issued = { readonly certificate: string; readonly key: string }
type Wanted = { commonName: string; days?: number; names?: string[]; ca?: boolean }

/** Issues certificates with OpenSSL; its files are PEM files in a folder that is removed when the test ends. */
export class Authority {
  /** Its own certificate. */
  readonly ca: string
  readonly #key: string
  readonly #folder: string
  static #count = 0

  private constructor(folder: string, ca: string, key: string) {
    this.#folder = folder
    this.ca = ca
    this.#key = key
  }

  static async open(name = 'Test Authority', days = 30): Promise<Authority> {
    const folder = await temporaryFolder()
    const [ca, key] = [join(folder, 'ca.pem'), join(folder, 'ca.key')]
    await openssl('req', '-x509', ...NEW_KEY, '-keyout', key, '-out', ca, '-days', String(days), '-subj', `/CN=${name}`)
    return new Authority(folder, ca, key)
  }

  /** An authority that this one vouches for. */
  async below(name: string): Promise<Authority> {
    const { certificate, key } = await this.issue({ commonName: name, ca: true })
    return new Authority(this.#folder, certificate, key)
  }

  /** The list of what this authority has revoked: the certificates given. */
  async revoke(...issued: Issued[]): Promise<string> {
    const base = join(this.#folder, `crl-${++Authority.#count}`)
    const section = [
      `database = ${base}.txt`,
      `crlnumber = ${base}.number`,
      'default_md = sha256',
      'default_crl_days = 5',
    ]
    await writeFile(`${base}.cnf`, ['[ca]', 'default_ca = this', '[this]', ...section].join('\n'))
    await writeFile(`${base}.txt`, '')
    await writeFile(`${base}.number`, '01')
    const ca = ['ca', '-config', `${base}.cnf`, '-cert', this.ca, '-keyfile', this.#key]
    for (const { certificate } of issued) await openssl(...ca, '-revoke', certificate)
    await openssl(...ca, '-gencrl', '-out', `${base}.pem`)
    return `${base}.pem`
  }

  /** Valid for `days` from now; a negative number makes one that has expired. */
  async issue({ commonName, days = 10, names = ['IP:127.0.0.1', 'DNS:localhost'], ca }: Wanted): Promise<Issued> {
    const base = join(this.#folder, String(++Authority.#count))
    const [key, request, certificate, extensions] = ['key', 'csr', 'pem', 'ext'].map((end) => `${base}.${end}`)
    if (!key || !request || !certificate || !extensions) throw new Error('no names')
    await openssl('req', ...NEW_KEY, '-keyout', key, '-out', request, '-subj', `/CN=${commonName}`)
    const listed = names.map((name, at) => name.replace(':', `.${at} = `))
    const constraints = ca ? ['basicConstraints = CA:TRUE'] : []
    await writeFile(extensions, ['subjectAltName = @names', ...constraints, '[names]', ...listed].join('\n'))
    const signed = ['-CA', this.ca, '-CAkey', this.#key, '-CAcreateserial', '-days', String(days)]
    await openssl('x509', '-req', '-in', request, ...signed, '-extfile', extensions, '-out', certificate)
    return { certificate, key }
  }
}
