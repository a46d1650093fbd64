import { inspect } from 'node:util'
import { sql } from 'kysely'
import { describe, expect, test, vi } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { migrate, pendingMigrations } from '../../src/db/migrate.ts'
import { cutConnections, emptyDatabase, testDatabase } from '../support/database.ts'
import { newUid } from '../support/rows.ts'

const UNAVAILABLE = { code: 'DATABASE_UNAVAILABLE', retry: 'transient' }

describe('the database', () => {
  test('answers a ping', async () => {
    const database = await testDatabase()
    await expect(database.ping()).resolves.toBeUndefined()
  })

  test.each([
    ['no server', 'postgresql://nobody@%2Ftmp%2Fnowhere/none'],
    ['nobody listening', 'postgresql://nobody@127.0.0.1:1/none'],
  ])('is unavailable, for now, with %s', async (_, url) => {
    await using database = openDatabase({ url })
    await expect(database.ping()).rejects.toMatchObject(UNAVAILABLE)
    await expect(database.db.selectFrom('study').selectAll().execute()).rejects.toMatchObject(UNAVAILABLE)
  })

  test('survives the loss of idle connections, tells of it without the password, and connects again', async () => {
    const { url } = await testDatabase()
    const lost: unknown[] = []
    await using database = openDatabase({ url, onLost: (error) => lost.push(error) })
    await database.ping()
    await cutConnections(database)
    await vi.waitFor(() => expect(lost).toHaveLength(1))
    expect(lost[0]).toMatchObject(UNAVAILABLE)
    expect(inspect(lost[0], { depth: 10, showHidden: true })).not.toMatch(/password/)
    await expect(database.ping()).resolves.toBeUndefined()
  })

  test('survives the loss of a connection in the middle of a transaction, and connects again', async () => {
    const database = await testDatabase()
    const transaction = database.db.transaction().execute(async (inside) => {
      await inside.insertInto('study').values({ studyInstanceUid: newUid() }).execute()
      await cutConnections(database)
      await new Promise((resolve) => setTimeout(resolve, 50))
      await inside.insertInto('study').values({ studyInstanceUid: newUid() }).execute()
    })
    await expect(transaction).rejects.toMatchObject(UNAVAILABLE)
    expect(await database.db.selectFrom('study').selectAll().execute()).toEqual([])
  })

  test('a statement that takes too long is given up', async () => {
    const { url } = await testDatabase()
    await using database = openDatabase({ url, statementTimeoutMs: 50 })
    await expect(sql`select pg_sleep(10)`.execute(database.db)).rejects.toMatchObject(UNAVAILABLE)
    await expect(database.ping()).resolves.toBeUndefined()
  })

  test('a fault in a statement is no unavailability', async () => {
    const { db } = await testDatabase()
    await expect(sql`select nonsense`.execute(db)).rejects.toMatchObject({ code: '42703' })
  })
})

describe('migrating', () => {
  test('an empty database is brought up to date once, whoever starts at the same time', async () => {
    const database = await emptyDatabase()
    await using other = openDatabase({ url: database.url })
    const pending = await pendingMigrations(database.db)
    expect(pending[0]).toBe('0001-studies')
    const applied = await Promise.all([migrate(database.db), migrate(other.db)])
    expect(applied.flat()).toEqual(pending)
    expect(await pendingMigrations(database.db)).toEqual([])
    expect(await migrate(database.db)).toEqual([])
  })

  test('a server that is not there is unavailable, not unmigrated', async () => {
    await using database = openDatabase({ url: 'postgresql://nobody@127.0.0.1:1/none' })
    await expect(migrate(database.db)).rejects.toMatchObject(UNAVAILABLE)
  })
})

describe('the schema refuses', () => {
  test.each([
    [
      'a complete study whose analysis is never due',
      sql`insert into study (study_instance_uid, state, completed_at)
      values ('1.2', 'complete', now())`,
    ],
    [
      'a declined study that does not say why',
      sql`insert into study (study_instance_uid, state, completed_at, finished_at)
      values ('1.2', 'declined', now(), now())`,
    ],
    [
      'a study receiving whose analysis is due',
      sql`insert into study (study_instance_uid, due_at) values ('1.2', now())`,
    ],
  ])('%s', async (_, statement) => {
    const { db } = await testDatabase()
    await expect(statement.execute(db)).rejects.toMatchObject({ code: '23514' })
  })
})
