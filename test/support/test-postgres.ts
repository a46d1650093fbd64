import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { openDatabase } from '../../src/db/database.ts'
import { openEmbeddedPostgres } from '../../src/db/embedded-postgres.ts'
import { migrate } from '../../src/db/migrate.ts'
import type { Db } from '../../src/db/schema.ts'
import type { Resources } from '../../src/lifecycle.ts'
import { openQueue } from '../../src/queue/queue.ts'

export type TestPostgres = {
  /** A server in which a test may create databases. */
  readonly url: string
  /** A database on it with the schema and nothing else, to copy; the names of the copies begin with its name. */
  readonly templateName: string
}

/** Our embedded PostgreSQL in a temporary folder, or the server of TEST_DATABASE_URL. */
export async function startTestPostgres(resources: Resources): Promise<TestPostgres> {
  const external = process.env.TEST_DATABASE_URL
  const url = external ?? (await startEmbedded(resources))
  const templateName = `mcads_test_${process.pid}`
  const server = resources.use(openDatabase({ url, max: 1 }))
  await sql`create database ${sql.id(templateName)}`.execute(server.db)
  if (external) resources.defer(() => dropDatabases(server.db, templateName))
  await prepare(withName(url, templateName))
  return { url, templateName }
}

async function startEmbedded(resources: Resources): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'mcads-test-'))
  resources.defer(() => rm(directory, { recursive: true, force: true }))
  await chmod(directory, 0o711)
  return resources.use(await openEmbeddedPostgres({ directory })).url
}

async function prepare(url: string): Promise<void> {
  await using database = openDatabase({ url, max: 1 })
  await migrate(database.db)
  await using _queue = await openQueue({ store: { databaseUrl: url } })
}

/** The template and what the tests made of it. */
async function dropDatabases(db: Db, prefix: string): Promise<void> {
  const names = sql<{ datname: string }>`select datname from pg_database where starts_with(datname, ${prefix})`
  for (const { datname } of (await names.execute(db)).rows) {
    await sql`drop database ${sql.id(datname)} with (force)`.execute(db)
  }
}

/** The same server's database of that name. */
export function withName(url: string, name: string): string {
  const named = new URL(url)
  named.pathname = `/${name}`
  return named.href
}
