import type { Config } from '../../config/schema.ts'
import { clockSkew, databaseVersion } from '../../db/clock.ts'
import { pendingMigrations } from '../../db/migrate.ts'
import { openModel } from '../../inference/open-model.ts'
import { openQueue } from '../../queue/queue.ts'
import { readFindingCodes } from '../finding-codes.ts'
import { modelDirectory, refuseDemonstration } from '../model-directory.ts'
import { checkDisk } from '../storage-directory.ts'
import type { Store } from '../store.ts'
import { type Check, Trouble } from './checkup.ts'
import { judgeSkew, SKEW_REMEDY } from './clock-skew.ts'

const OLDEST_POSTGRESQL = 15

/** What every role stands on: disk, database, clock, queue. */
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

export async function checkModel(config: Config): ReturnType<Check> {
  await refuseDemonstration(config)
  await using model = await openModel({ directory: modelDirectory(config), children: 1 })
  await readFindingCodes(config, model.manifest)
  const { name, version, demonstration } = model.identity
  const words = `${name} ${version}`
  if (!demonstration) return words
  return { words: `${words}: knows simulated radiographs only`, concern: 'set model.id to a model made for patients' }
}
