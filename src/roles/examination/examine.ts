import type { Config } from '../../config/schema.ts'
import { Resources } from '../../lifecycle.ts'
import type { Role } from '../node.ts'
import { openStore } from '../store.ts'
import { checksOfAudit } from './check-audit-repository.ts'
import { checksOfDestinationCertificates, checksOfReceiverCertificates } from './check-certificates.ts'
import { checksOfDestinations } from './check-destination.ts'
import { checkModel, checkStranded, checksHere } from './check-here.ts'
import { checksOfPeers } from './check-peers.ts'
import { checkHttp, checksOfReceiver } from './check-ports.ts'
import { checkUp, type Examination, type OnSlow } from './checkup.ts'

const EXAMINATION_MS = 40_000

/**
 * Looks at everything that a node with the roles needs, whether or not it runs: what works and what does not, with what
 * to do.
 */
export async function examine(config: Config, roles: readonly Role[], onSlow: OnSlow): Promise<Examination> {
  await using resources = new Resources()
  const store = openStore(config, { migrating: false }).then((opened) => resources.use(opened))
  // Each check tells of it; by itself it is not to end the process.
  store.catch(() => {})
  const receiver = roles.includes('receiver')
  const sender = roles.includes('sender')
  const checks = {
    ...checksHere(config, store),
    ...(roles.includes('worker') && { model: () => checkModel(config) }),
    ...(receiver && { ...checksOfReceiver(config), ...checksOfReceiverCertificates(config) }),
    http: () => checkHttp(config),
    ...(receiver && checksOfPeers(config)),
    ...(sender && { ...checksOfDestinations(config), ...checksOfDestinationCertificates(config) }),
    ...(sender && { deliveries: () => checkStranded(config, store) }),
    ...checksOfAudit(config),
  }
  // Awaited here: what the checks use is closed when this returns.
  return await checkUp(checks, EXAMINATION_MS, onSlow)
}
