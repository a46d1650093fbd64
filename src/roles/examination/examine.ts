import type { Config } from '../../config/schema.ts'
import { Resources } from '../../lifecycle.ts'
import { openStore } from '../store.ts'
import { checksOfCertificates } from './check-certificates.ts'
import { checksOfDestinations } from './check-destination.ts'
import { checksHere } from './check-here.ts'
import { checksOfPeers } from './check-peers.ts'
import { checksOfPorts } from './check-ports.ts'
import { checkUp, type Examination, type OnSlow } from './checkup.ts'

const EXAMINATION_MS = 40_000

/** Looks at everything the node needs, whether or not it runs: what works and what does not, with what to do. */
export async function examine(config: Config, onSlow: OnSlow): Promise<Examination> {
  await using resources = new Resources()
  const store = openStore(config, { migrating: false }).then((opened) => resources.use(opened))
  // Each check tells of it; by itself it is not to end the process.
  store.catch(() => {})
  const checks = {
    ...checksHere(config, store),
    ...checksOfPorts(config),
    ...checksOfCertificates(config),
    ...checksOfPeers(config),
    ...checksOfDestinations(config),
  }
  // Awaited here: what the checks use is closed when this returns.
  return await checkUp(checks, EXAMINATION_MS, onSlow)
}
