import { get } from 'node:http'
import type { Config } from '../../config/schema.ts'
import { echo } from '../../dimse/echo.ts'
import type { Peer } from '../../dimse/peer.ts'
import { lookAtTls } from '../../dimse/tls-look.ts'
import { asFailure } from '../../failure.ts'
import { readTlsCredentials, type TlsCredentials } from '../../tls/credentials.ts'
import { type Check, type Found, Trouble } from './checkup.ts'

/** Nobody's: a node that knows our AE title rejects it for the calling AE title alone. */
const CALLING_AE_TITLE = 'MCADS_DOCTOR'
const TIMEOUT_MS = 5000

/** Whether this node, or another program, listens where the configuration says. */
export function checksOfReceiver(config: Config): Record<string, Check> {
  const { port, tls } = config.dicom
  return {
    ...(port !== 'none' && { receiver: () => checkReceiver(config, port) }),
    ...(tls && { 'receiver TLS': () => checkTlsReceiver(config, tls.port, tls) }),
  }
}

const localOf = (host: string) => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host)

const selfOf = ({ dicom }: Config, port: number): Peer => ({
  host: localOf(dicom.host),
  port,
  calledAeTitle: dicom.aeTitle,
  callingAeTitle: CALLING_AE_TITLE,
  timeoutMs: TIMEOUT_MS,
})

const silent = (port: number) => new Trouble(`nothing listens on port ${port}`, 'start the node with the role receiver')

async function checkReceiver(config: Config, port: number): Promise<Found> {
  const { aeTitle } = config.dicom
  const failure = await echo(selfOf(config, port)).then(
    () => undefined,
    (error) => asFailure(error, 'INTERNAL'),
  )
  const answers = `answers on port ${port} as ${aeTitle}`
  if (!failure || /calling AE title not recognized/.test(failure.message)) return answers
  if (failure.code === 'ASSOCIATION_REJECTED_TRANSIENT')
    return {
      words: `${answers}, but takes no associations now`,
      concern: 'see its log: too many are open, or the disk is low',
    }
  if (/called AE title not recognized/.test(failure.message))
    throw new Trouble(
      `what listens on port ${port} does not know the AE title ${aeTitle}`,
      'it is another program, or a node with another configuration: stop it, or change dicom.port',
    )
  if (failure.code === 'ASSOCIATION_REJECTED') return answers
  if (/ECONNREFUSED/.test(failure.message)) throw silent(port)
  throw new Trouble(
    `what listens on port ${port} is no DICOM node: ${failure.message}`,
    'stop it, or change dicom.port',
  )
}

type Tls = NonNullable<Config['dicom']['tls']>

async function checkTlsReceiver(config: Config, port: number, { minimumVersion, ...files }: Tls): Promise<Found> {
  const own = await readTlsCredentials(files)
  const tls = { credentials: (): TlsCredentials => own, verify: false, minimumVersion }
  const { version, certificate } = await lookAtTls({ ...selfOf(config, port), tls }).catch((error) => {
    if (asFailure(error, 'INTERNAL').code === 'PEER_UNREACHABLE') throw silent(port)
    throw new Trouble(`what listens on port ${port} speaks no TLS with us`, 'stop it, or change dicom.tls.port')
  })
  const words = `${version} on port ${port}`
  if (certificate?.fingerprint256 === own.own[0]?.fingerprint256) return words
  return {
    words: `${words}, with another certificate than ${files.certificate} holds`,
    concern: 'the node has not taken it (its log says why), or another program listens: send it SIGHUP, or restart it',
  }
}

/** Whether the process answers at all. */
export function checkHttp({ http: { host, port } }: Config): Promise<Found> {
  return new Promise((resolve, reject) => {
    const request = get(
      { host: localOf(host), port, path: '/livez', timeout: TIMEOUT_MS, agent: false },
      (response) => {
        response.resume()
        if (response.statusCode === 200) return resolve(`/livez answers on port ${port}`)
        reject(new Trouble(`what listens on port ${port} is not this node`, 'stop it, or change http.port'))
      },
    )
    request.once('timeout', () => request.destroy(new Error('silent')))
    request.once('error', () => reject(new Trouble(`nothing of a node answers on port ${port}`, 'start the node')))
  })
}
