import { connect } from 'node:net'
import type { Config } from '../config/schema.ts'
import { pendingMigrations } from '../db/migrate.ts'
import { openModel } from '../inference/open-model.ts'
import { Resources } from '../lifecycle.ts'
import { openQueue } from '../queue/queue.ts'
import { type Check, type Health, health } from '../serve/health.ts'
import { courierNow } from './courier.ts'
import { modelDirectory, refuseDemonstration } from './model-directory.ts'
import { withRemedy } from './remedies.ts'
import { checkDisk } from './storage-directory.ts'
import { openStore } from './store.ts'

const EXAMINATION_MS = 40_000

/** Looks at everything the node needs, whether or not it runs: what works and what does not, with what to do. */
export async function examine(config: Config): Promise<Health> {
  await using resources = new Resources()
  const store = openStore(config, { migrating: false }).then((opened) => resources.use(opened))
  // Each check tells of it; by itself it is not to end the process.
  store.catch(() => {})
  const checks: Record<string, Check> = {
    disk: () => checkDisk(config),
    database: async () => {
      const { db } = await store
      const pending = await pendingMigrations(db)
      if (pending.length > 0) throw new Error(`lacks ${pending.join(', ')}: run \`mcads migrate\``)
      return config.database.url ? 'PostgreSQL' : 'embedded PostgreSQL: for one machine, not for production'
    },
    queue: async () => {
      const redisUrl = config.redis.url
      await using queue = await openQueue({ store: redisUrl ? { redisUrl } : { databaseUrl: (await store).url } })
      await queue.ping()
      return redisUrl ? 'Redis' : 'in the database'
    },
    model: () => checkModel(config),
    receiver: () => checkReceiver(config),
    peers: async () => checkPeers(config),
  }
  for (const destination of config.destinations)
    checks[`destination ${destination.name}`] = async () => {
      const { roundTripMs } = await (await courierNow(config, destination)).probe()
      return `answered in ${roundTripMs.toFixed(1)} ms`
    }
  const examined = Object.entries(checks).map(([name, check]) => [name, withRemedy(check)])
  // Awaited here: what the checks use is closed when this returns.
  return await health(Object.fromEntries(examined), EXAMINATION_MS)
}

async function checkModel(config: Config): Promise<string> {
  await refuseDemonstration(config)
  await using model = await openModel({ directory: modelDirectory(config), children: 1 })
  const { name, version, demonstration } = model.identity
  return `${name} ${version}${demonstration ? ': knows simulated radiographs only' : ''}`
}

function checkPeers({ dicom }: Config): string {
  if (dicom.peers.length === 0) throw new Error('none listed, so nobody may associate: list senders in dicom.peers')
  return dicom.peers.map(({ aeTitle, host }) => `${aeTitle} from ${host}`).join(', ')
}

function checkReceiver({ dicom }: Config): Promise<string> {
  const { aeTitle, host, tls } = dicom
  const port = dicom.port === 'none' ? (tls?.port ?? 0) : dicom.port
  return new Promise((resolve, reject) => {
    const socket = connect({ host: host === '0.0.0.0' ? '127.0.0.1' : host, port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(`something listens on port ${port}, as ${aeTitle} if it is this node`)
    })
    socket.once('error', () =>
      reject(new Error(`nothing listens on port ${port}: start the node with the role receiver`)),
    )
  })
}
