import type { Config } from '../../config/schema.ts'
import { clockSkew, databaseVersion } from '../../db/clock.ts'
import { pendingMigrations } from '../../db/migrate.ts'
import { openModel } from '../../inference/open-model.ts'
import { openQueue } from '../../queue/queue.ts'
import { modelDirectory, refuseDemonstration } from '../model-directory.ts'
import { checkDisk } from '../storage-directory.ts'
import type { Store } from '../store.ts'
import { type Check, Trouble } from './checkup.ts'

const OLDEST_POSTGRESQL = 15
const CONCERNING_SKEW_MS = 2000
const WRONG_SKEW_MS = 30_000

/** What the node stands on: disk, database, clock, queue, model. */
export const checksHere = (config: Config, store: Promise<Store>): Record<string, Check> => ({
  disk: () => checkDisk(config),
  database: () => checkDatabase(config, store),
  clock: () => checkClock(config, store),
  queue: async () => {
    const redisUrl = config.redis.url
    await using queue = await openQueue({ store: redisUrl ? { redisUrl } : { databaseUrl: (await store).url } })
    await queue.ping()
    return redisUrl ? 'Redis' : 'in the database'
  },
  model: () => checkModel(config),
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
  const off = Math.abs(aheadMs)
  if (off <= CONCERNING_SKEW_MS + withinMs) return `the database's clock differs by ${off.toFixed(0)} ms`
  const words = `the database's clock is ${(off / 1000).toFixed(1)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} ours`
  const concern = 'have both machines follow a time server (NTP)'
  if (off > WRONG_SKEW_MS) throw new Trouble(words, concern)
  return { words, concern }
}

async function checkModel(config: Config): ReturnType<Check> {
  await refuseDemonstration(config)
  await using model = await openModel({ directory: modelDirectory(config), children: 1 })
  const { name, version, demonstration } = model.identity
  const words = `${name} ${version}`
  if (!demonstration) return words
  return { words: `${words}: knows simulated radiographs only`, concern: 'set model.id to a model made for patients' }
}
