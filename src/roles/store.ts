import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config/schema.ts'
import { openDatabase } from '../db/database.ts'
import { openEmbeddedPostgres } from '../db/embedded-postgres.ts'
import { migrate } from '../db/migrate.ts'
import type { Db } from '../db/schema.ts'
import { Failure } from '../failure.ts'
import { Resources } from '../lifecycle.ts'
import { makeStorageDirectory } from './storage-directory.ts'

export type Store = AsyncDisposable & { readonly db: Db; readonly url: string; ping(): Promise<void> }
type Options = {
  migrating?: boolean
  onLost?: (error: unknown) => void
  /** Only the process that runs the embedded PostgreSQL can rely on it: a node does not join another's. */
  owning?: boolean
}

/** The node's rows: the configured PostgreSQL, or the embedded one (started, or joined where it runs already). */
export async function openStore(
  config: Config,
  { migrating = true, onLost, owning = false }: Options = {},
): Promise<Store> {
  await using opening = new Resources()
  const url = config.database.url ?? (await embedded(config, opening, owning))
  const database = opening.use(openDatabase({ url, ...(onLost && { onLost }) }))
  await database.ping()
  if (migrating) await migrate(database.db)
  const resources = opening.move()
  return {
    db: database.db,
    url,
    ping: () => database.ping(),
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  }
}

/** How long a node waits for a command that runs the server for a moment. */
const OWNER_MS = 20_000

async function embedded(config: Config, resources: Resources, owning: boolean): Promise<string> {
  await makeStorageDirectory(config)
  const deadline = Date.now() + OWNER_MS
  for (;;) {
    const postgres = await openEmbeddedPostgres({ directory: join(config.storage.directory, 'postgres') })
    if (!owning || !postgres.attached) return resources.use(postgres).url
    await postgres[Symbol.asyncDispose]()
    if (Date.now() > deadline)
      throw new Failure(
        'DATABASE_UNAVAILABLE',
        `another process runs the embedded PostgreSQL of ${config.storage.directory}: with it, one process has all ` +
          'roles; set database.url for more',
      )
    await sleep(500)
  }
}
