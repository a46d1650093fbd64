import { readdir, readFile } from 'node:fs/promises'
import { type Kysely, sql } from 'kysely'
import { expect, test } from 'vitest'
import { emptyDatabase } from '../support/database.ts'

const FOLDER = new URL('../../migrations/', import.meta.url)

async function apply<T>(db: Kysely<T>, which: (name: string) => boolean): Promise<void> {
  for (const name of (await readdir(FOLDER)).filter(which).sort())
    await sql.raw(await readFile(new URL(name, FOLDER), 'utf8')).execute(db)
}

test('what was offered in doubt before that was kept counts as offered; what never was sent does not', async () => {
  const { db } = await emptyDatabase()
  const plain = db.withoutPlugins()
  await apply(plain, (name) => name < '0010')
  await sql`insert into study (study_instance_uid, state, completed_at, finished_at) values ('1.2', 'analysed', now(), now())`.execute(
    db,
  )
  await sql`
    insert into result (study_id, sop_instance_uid, sop_class_uid, series_instance_uid, transfer_syntax_uid, kind, file, sha256, bytes)
    select study.id, '9.' || n, '1', '1', '1', 'SC', 'f', repeat('a', 64), 1 from study, generate_series(1, 6) n`.execute(
    db,
  )
  await sql`
    insert into delivery (result_id, destination, state, due_at, reason_code, sent_at, losses, under_way) values
      (1, 'silent', 'withdrawn', null, 'SUPERSEDED', null, 0, false), (2, 'killed', 'owed', now(), null, null, 0, true),
      (3, 'took', 'sent', null, null, now(), 0, false), (4, 'lost', 'owed', now(), null, null, 1, false),
      (5, 'unreachable', 'owed', now(), null, null, 0, false), (6, 'new', 'owed', now(), null, null, 0, false)`.execute(
    db,
  )
  await sql`
    insert into delivery_answer (delivery_id, question, reason_code)
    values (1, 'store', 'PEER_SILENT'), (5, 'store', 'PEER_UNREACHABLE')`.execute(db)
  await apply(plain, (name) => name >= '0010')
  const { rows } = await sql<{ destination: string }>`select destination from holding order by result_id`.execute(db)
  expect(rows.map(({ destination }) => destination)).toEqual(['silent', 'killed', 'took', 'lost'])
}, 60_000)
