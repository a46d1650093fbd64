import { lookup } from 'node:dns/promises'
import { stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import type { Config } from '../../config/schema.ts'
import { echo } from '../../dimse/echo.ts'
import { asFailure, errorCode } from '../../failure.ts'
import { type Check, type Found, Trouble } from './checkup.ts'

/** For a peer to answer where it wants its reports. */
const REPORT_MS = 5000

type Peer = Config['dicom']['peers'][number]

/** Who may associate: every name of a host has to resolve, and secrets have to be readable by us alone. */
export function checksOfPeers({ dicom }: Config): Record<string, Check> {
  const { peers, userIdentity } = dicom
  const checks: Record<string, Check> = {}
  if (peers.length === 0)
    checks.peers = async () => {
      throw new Trouble('none listed, so nobody may associate', 'list senders in dicom.peers')
    }
  for (const aeTitle of new Set(peers.map((each) => each.aeTitle)))
    checks[`peer ${aeTitle}`] = () =>
      checkPeer(
        peers.filter((each) => each.aeTitle === aeTitle),
        dicom.aeTitle,
      )
  if (userIdentity) checks.users = () => checkUsers(dicom, userIdentity)
  return checks
}

async function checkPeer(entries: readonly Peer[], ours: string): Promise<Found> {
  const each = entries.map(async ({ host, certificate, plain }) => {
    const hosts = await Promise.all([host].flat().map(resolved))
    const how = certificate ? `, with the certificate ${certificate}` : plain ? ', over plain TCP too' : ''
    return `from ${hosts.join(', ')}${how}`
  })
  const words = (await Promise.all(each)).join('; ')
  const unreachable = (await Promise.all(entries.map((entry) => whyNoReport(entry, ours)))).flat()
  return unreachable.length > 0 ? { words, concern: unreachable.join('; ') } : words
}

/** Why the peer would not get the storage commitment reports that it asks for. */
async function whyNoReport({ aeTitle, reportTo }: Peer, callingAeTitle: string): Promise<string[]> {
  if (!reportTo) return []
  const peer = { ...reportTo, calledAeTitle: aeTitle, callingAeTitle, timeoutMs: REPORT_MS }
  return echo(peer).then(
    () => [],
    (error: unknown) => [
      `storage commitment reports cannot reach it (${asFailure(error, 'INTERNAL').message}): correct reportTo`,
    ],
  )
}

/** A range stays as it is; a name gets its addresses. */
export async function resolved(host: string): Promise<string> {
  if (isIP(host.split('/')[0] ?? '') !== 0) return host
  const addresses = await lookup(host, { all: true }).catch((error: unknown) => {
    throw new Trouble(
      `the name ${host} cannot be resolved (${errorCode(error) ?? 'no answer'})`,
      'correct it in the configuration, or mend the name server',
    )
  })
  return `${host} (${addresses.map(({ address }) => address).join(', ')})`
}

type Identity = NonNullable<Config['dicom']['userIdentity']>

async function checkUsers({ port }: Config['dicom'], { users, jwt, required }: Identity): Promise<Found> {
  const files = [...users.flatMap(({ passcodeFile }) => passcodeFile ?? []), ...(jwt ? [jwt.keysFile] : [])]
  for (const file of files) {
    const { mode } = await stat(file).catch(() => {
      throw new Trouble(`${file} is not there, or not for us to read`, 'correct dicom.userIdentity, or who may read it')
    })
    if (file !== jwt?.keysFile && (mode & 0o077) !== 0)
      return { words: `${file} holds a passcode`, concern: `others on this machine may read it: chmod 600 ${file}` }
  }
  const words = `${users.length} users${jwt ? `, tokens of ${jwt.issuer}` : ''}${required ? '' : ', not required'}`
  if (port === 'none') return words
  return { words, concern: `over port ${port} passcodes and tokens go unencrypted: dicom.port: none, with dicom.tls` }
}
