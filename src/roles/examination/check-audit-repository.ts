import type { Config } from '../../config/schema.ts'
import { lookAtTls } from '../../dimse/tls-look.ts'
import { readTlsCredentials } from '../../tls/credentials.ts'
import { checkCertificates } from './check-certificates.ts'
import { resolved } from './check-peers.ts'
import type { Check, Found } from './checkup.ts'

const TIMEOUT_MS = 8000

type Repository = NonNullable<Config['audit']['repository']>

/** Where audit messages go, if they go anywhere. */
export function checksOfAudit({ audit: { repository } }: Config): Record<string, Check> {
  if (!repository) return {}
  const certified = repository.certificate !== undefined || repository.ca !== undefined
  return {
    'audit repository': () => checkRepository(repository),
    ...(certified && { 'certificate audit.repository': () => checkCertificates(repository) }),
  }
}

async function checkRepository(repository: Repository): Promise<Found> {
  const { host, port, transport } = repository
  const where = `${await resolved(host)}, port ${port}`
  if (transport === 'udp')
    return { words: `${where}, by UDP`, concern: 'nobody is told of messages that are lost on the way: transport: tls' }
  const own = await readTlsCredentials(repository)
  const tls = { credentials: () => own, verify: true, minimumVersion: 'TLSv1.2' } as const
  const names = { calledAeTitle: 'audit repository', callingAeTitle: '' }
  const { version } = await lookAtTls({ host, port, ...names, timeoutMs: TIMEOUT_MS, tls })
  return `${where}, ${version}`
}
