import { join } from 'node:path'
import type { Config } from '../config.ts'
import { openDatabase } from '../db/database.ts'
import { openEmbeddedPostgres } from '../db/embedded-postgres.ts'
import { migrate } from '../db/migrate.ts'
import type { Db } from '../db/schema.ts'
import { Resources } from '../lifecycle.ts'
import { makeStorageDirectory } from './storage-directory.ts'

export type Store = AsyncDisposable & { readonly db: Db; readonly url: string; ping(): Promise<void> }
type Options = { migrating?: boolean; onLost?: (error: unknown) => void }

/** The node's rows: the configured PostgreSQL, or the embedded one (started, or joined where it runs already). */
export async function openStore(config: Config, { migrating = true, onLost }: Options = {}): Promise<Store> {
  await using opening = new Resources()
  const url = config.database.url ?? (await embedded(config, opening))
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

async function embedded(config: Config, resources: Resources): Promise<string> {
  await makeStorageDirectory(config)
  const postgres = resources.use(await openEmbeddedPostgres({ directory: join(config.storage.directory, 'postgres') }))
  return postgres.url
}
