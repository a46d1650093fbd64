import { sql } from 'kysely'
import type { Db } from './schema.ts'

/** How far the database's clock is ahead of ours, and how far off that may be. */
export async function clockSkew(db: Db): Promise<{ aheadMs: number; withinMs: number }> {
  const before = Date.now()
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db)
  const after = Date.now()
  const [row] = rows
  return { aheadMs: Number(row?.now) - (before + after) / 2, withinMs: (after - before) / 2 }
}

/** The version of PostgreSQL: `15.6`. */
export async function databaseVersion(db: Db): Promise<string> {
  const { rows } = await sql<{ serverVersion: string }>`show server_version`.execute(db)
  return rows[0]?.serverVersion.split(' ')[0] ?? 'unknown'
}
