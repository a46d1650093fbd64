import { readdir, readFile } from 'node:fs/promises'
import { type Migration, Migrator, sql } from 'kysely'
import { Failure } from '../failure.ts'
import type { Db } from './schema.ts'

// The same distance from src/db and from dist/db.
const FOLDER = new URL('../../migrations/', import.meta.url)

/** Brings the schema up to date, one process at a time. The names of the migrations applied now. */
export async function migrate(db: Db): Promise<string[]> {
  const { error, results } = await migrator(db).migrateToLatest()
  if (error instanceof Failure) throw error
  if (error) {
    const failed = results?.find(({ status }) => status === 'Error')?.migrationName ?? 'the schema'
    throw new Failure('MIGRATION_FAILED', `cannot migrate ${failed}: ${String(error)}`, { cause: error })
  }
  return (results ?? []).map(({ migrationName }) => migrationName)
}

/** The names of the migrations that the database still lacks. */
export async function pendingMigrations(db: Db): Promise<string[]> {
  const migrations = await migrator(db).getMigrations()
  return migrations.filter(({ executedAt }) => !executedAt).map(({ name }) => name)
}

const migrator = (db: Db) => new Migrator({ db: db.withoutPlugins(), provider: { getMigrations: readMigrations } })

async function readMigrations(): Promise<Record<string, Migration>> {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort()
  const migrations = files.map(async (name) => {
    const text = await readFile(new URL(name, FOLDER), 'utf8')
    const migration: Migration = { up: async (db) => void (await sql.raw(text).execute(db)) }
    return [name.replace(/\.sql$/, ''), migration] as const
  })
  return Object.fromEntries(await Promise.all(migrations))
}
