import {
  CamelCasePlugin,
  Kysely,
  type PostgresCursor,
  PostgresDialect,
  type PostgresPoolClient,
  type PostgresQueryResult,
  sql,
} from 'kysely'
import pg from 'pg'
import { Failure } from '../failure.ts'
import { asConnectionFailure } from './connection-failure.ts'
import type { Db, Schema } from './schema.ts'

export type Database = AsyncDisposable & {
  readonly db: Db
  /** With its password: not for logs. */
  readonly url: string
  /** @throws Failure DATABASE_UNAVAILABLE */
  ping(): Promise<void>
}

export type DatabaseOptions = {
  /** postgresql://user:password@host/name, or a percent-encoded socket folder as host. */
  readonly url: string
  /** Most connections at once. */
  readonly max?: number
  /** Longest a statement may take. */
  readonly statementTimeoutMs?: number
  /** Told when an idle connection is lost; the pool replaces it by itself. */
  readonly onLost?: (error: unknown) => void
}

/**
 * Does not connect yet: `ping` tells whether the server is there.
 * Queries throw Failure DATABASE_UNAVAILABLE or DISK_FULL while the server cannot be used.
 */
export function openDatabase({ url, max = 10, statementTimeoutMs = 30_000, onLost }: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    application_name: 'mcads',
    connectionTimeoutMillis: 5_000,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    // A peer that vanished without a word.
    query_timeout: statementTimeoutMs + 5_000,
    keepAlive: true,
  })
  let closing = false
  pool.on('error', (error) => {
    // Its server may stop before the last connection has said goodbye.
    if (!closing) onLost?.(asConnectionFailure(error))
  })
  // Without it a connection lost while in use ends the process: the pool listens only to idle ones.
  pool.on('connect', (client) => client.on('error', () => {}))
  const db: Db = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: { connect: () => connect(pool), end: () => pool.end() } }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  })
  return {
    db,
    url,
    ping: async () => void (await sql`select 1`.execute(db)),
    async [Symbol.asyncDispose]() {
      closing = true
      await db.destroy()
    },
  }
}

/** The pool's client, its errors told apart; one that failed is not used again. */
async function connect(pool: pg.Pool): Promise<PostgresPoolClient> {
  const client = await pool.connect().catch(rethrow)
  let usable = true
  function query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  function query(text: string | PostgresCursor<unknown>, parameters: readonly unknown[] = []): unknown {
    if (typeof text !== 'string') return text
    return client.query(text, [...parameters]).catch((error: unknown) => {
      const failure = asConnectionFailure(error)
      if (failure instanceof Failure) usable = false
      throw failure
    })
  }
  return { query, release: () => client.release(!usable) }
}

function rethrow(error: unknown): never {
  throw asConnectionFailure(error)
}
