import type { Config } from '../../config/schema.ts'
import { lowFreeOf } from '../../config/storage-section.ts'
import { clockSkew, databaseVersion } from '../../db/clock.ts'
import { pendingMigrations } from '../../db/migrate.ts'
import { findStranded } from '../../db/stranded.ts'
import { freeBytesOf } from '../../files/free-space.ts'
import { Resources } from '../../lifecycle.ts'
import { openQueue } from '../../queue/queue.ts'
import { openModels } from '../ready-models.ts'
import { checkDisk } from '../storage-directory.ts'
import type { Store } from '../store.ts'
import { type Check, Trouble } from './checkup.ts'
import { judgeSkew, SKEW_REMEDY } from './clock-skew.ts'

const OLDEST_POSTGRESQL = 15

/** What every role stands on: disk, database, clock, queue. */
export const checksHere = (config: Config, store: Promise<Store>): Record<string, Check> => ({
  disk: async () => {
    const words = await checkDisk(config)
    const { directory } = config.storage
    if ((await freeBytesOf(directory)) >= lowFreeOf(config.storage)) return words
    return { words, concern: 'less than storage.lowFree, so new associations are rejected: make room' }
  },
  database: () => checkDatabase(config, store),
  clock: () => checkClock(config, store),
  queue: async () => {
    const redisUrl = config.redis.url
    await using queue = await openQueue({ store: redisUrl ? { redisUrl } : { databaseUrl: (await store).url } })
    await queue.ping()
    return redisUrl ? 'Redis' : 'in the database'
  },
})

async function checkDatabase(config: Config, store: Promise<Store>): ReturnType<Check> {
  const { db } = await store
  const version = await databaseVersion(db)
  if (Number.parseInt(version, 10) < OLDEST_POSTGRESQL)
    throw new Trouble(`PostgreSQL ${version}`, `bring it to version ${OLDEST_POSTGRESQL} or later`)
  const pending = await pendingMigrations(db)
  if (pending.length > 0) throw new Trouble(`lacks ${pending.join(', ')}`, 'run `mcads migrate`')
  if (config.database.url) return `PostgreSQL ${version}`
  return {
    words: `embedded PostgreSQL ${version}`,
    concern: 'it is for one machine, not for production: set database.url',
  }
}

async function checkClock(config: Config, store: Promise<Store>): ReturnType<Check> {
  if (!config.database.url) return "the database is this machine's, so is its clock"
  const { aheadMs, withinMs } = await clockSkew((await store).db)
  const { words, concerning, wrong } = judgeSkew("the database's", aheadMs, withinMs)
  if (wrong) throw new Trouble(words, SKEW_REMEDY)
  return concerning
    ? { words, concern: SKEW_REMEDY }
    : `the database's clock differs by ${Math.abs(aheadMs).toFixed(0)} ms`
}

/** What is owed to destinations that were taken out of the configuration keeps its studies from leaving by age. */
export async function checkStranded({ destinations }: Config, store: Promise<Store>): ReturnType<Check> {
  const { db } = await store
  if ((await pendingMigrations(db)).length > 0) return 'not looked at: see database'
  const found = await findStranded(
    db,
    destinations.map(({ name }) => name),
  )
  const [first] = found
  if (!first) return 'nothing is owed to a destination that is not configured'
  const words = found.map(
    ({ destination, deliveries, studies }) =>
      `${destination} is not configured, and owed ${deliveries} results of ${studies} studies`,
  )
  return {
    words: words.join('; '),
    concern: `put it back into destinations, or \`mcads delivery give-up ${first.destination} --reason …\`; until then its studies do not leave by age`,
  }
}

/** Opens every model that the rules name, and says of each what the site has settled for it. */
export async function checkModel(config: Config): ReturnType<Check> {
  await using resources = new Resources()
  const opened = [...(await openModels(config, 1, resources)).values()]
  const words = opened
    .map(({ model: { identity }, explanation }) => {
      const { name, version, calibration, demonstration } = identity
      const calibrated = calibration ? `, calibration ${calibration.version}` : ''
      const known = demonstration ? ': knows simulated radiographs only' : ''
      return `${name} ${version}${calibrated}, heat maps by ${explanation}${known}`
    })
    .join('; ')
  if (!opened.some(({ model }) => model.identity.demonstration)) return words
  return { words, concern: 'set model.id to a model made for patients' }
}
