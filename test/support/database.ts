import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { inject, onTestFinished } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { type TestPostgres, withName } from './test-postgres.ts'

// Emptied databases of earlier tests of this file; the run's end drops them all.
const free: string[] = []

/** A database of this test's own, with the schema and no rows. Its `url` may be opened again. */
export async function testDatabase(): Promise<Database> {
  const url = free.pop() ?? (await createDatabase())
  const database = openDatabase({ url })
  onTestFinished(async () => {
    await database[Symbol.asyncDispose]()
    await empty(url)
    free.push(url)
  })
  return database
}

/** A database without schema. */
export async function emptyDatabase(): Promise<Database> {
  const database = openDatabase({ url: await createDatabase('template0') })
  onTestFinished(() => database[Symbol.asyncDispose]())
  return database
}

/** Cuts every connection to the database, as a server restart does. */
export async function cutConnections({ url }: { url: string }): Promise<void> {
  const name = new URL(url).pathname.slice(1)
  const statement = sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`
  await execute((await testPostgres()).url, statement)
}

async function testPostgres(): Promise<TestPostgres> {
  const response = await fetch(inject('testPostgresUrl'))
  const { error, url, templateName } = JSON.parse(await response.text())
  if (error) throw new Error(error)
  return { url, templateName }
}

async function createDatabase(template?: string): Promise<string> {
  const { url, templateName } = await testPostgres()
  const name = `${templateName}_${randomUUID().replaceAll('-', '')}`
  await execute(url, sql`create database ${sql.id(name)} template ${sql.id(template ?? templateName)}`)
  return withName(url, name)
}

/** Deletes all rows, ours and the queue's; quicker than truncating, and than a new database. */
async function empty(url: string): Promise<void> {
  await execute(
    url,
    sql`do $$ declare name text; begin
      set local session_replication_role = replica;
      for name in select format('%I.%I', schemaname, tablename) from pg_tables
        where schemaname in ('public', 'bullmq') and tablename not like '%migration%'
      loop execute 'delete from ' || name; end loop;
    end $$`,
  )
}

async function execute(url: string, statement: ReturnType<typeof sql>): Promise<void> {
  await using server = openDatabase({ url, max: 1 })
  await statement.execute(server.db)
}
