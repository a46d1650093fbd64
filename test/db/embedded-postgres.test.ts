import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { type EmbeddedPostgres, openEmbeddedPostgres } from '../../src/db/embedded-postgres.ts'
import { temporaryFolder } from '../support/needs.ts'

const PROGRAM = new URL('../support/embedded-postgres-process.ts', import.meta.url)

/** A folder that the server's user can enter, as /var/lib/mcads is. */
async function serverFolder(): Promise<string> {
  const folder = await temporaryFolder()
  await chmod(folder, 0o711)
  return join(folder, 'postgres')
}

// Making a cluster takes most of the time: the tests that need no new one take turns on this.
const parent = await mkdtemp(join(tmpdir(), 'mcads-test-'))
await chmod(parent, 0o711)
const directory = join(parent, 'postgres')
afterAll(() => rm(parent, { recursive: true, force: true }))

/** Another process of ours that opens the embedded PostgreSQL of `directory`. */
async function openElsewhere(directory: string): Promise<{ node: ChildProcess; attached: boolean }> {
  const node = fork(PROGRAM, [directory], { execArgv: ['--import', 'tsx'] })
  onTestFinished(async () => {
    if (node.exitCode !== null || node.signalCode !== null) return
    const ended = once(node, 'exit')
    node.disconnect()
    await ended
  })
  const [{ attached }] = await once(node, 'message')
  return { node, attached }
}

async function killNode(node: ChildProcess): Promise<void> {
  const ended = once(node, 'exit')
  node.kill('SIGKILL')
  await ended
}

const readPostmaster = async (directory: string) =>
  Number((await readFile(join(directory, 'cluster/data/postmaster.pid'), 'utf8')).split('\n')[0])

async function query<T>({ url }: EmbeddedPostgres, text: string): Promise<T[]> {
  await using database = openDatabase({ url, max: 1 })
  return (await sql.raw<T>(text).execute(database.db)).rows
}

const setting = async (server: EmbeddedPostgres, name: string) =>
  (await query<{ value: string }>(server, `select current_setting('${name}') as value`))[0]?.value

test('keeps its rows from one start to the next', async () => {
  {
    await using server = await openEmbeddedPostgres({ directory })
    await query(server, 'create table kept as select 42 as answer')
  }
  await using server = await openEmbeddedPostgres({ directory })
  expect(server.attached).toBe(false)
  expect(await query(server, 'select answer from kept')).toEqual([{ answer: 42 }])
})

test('survives a power cut, listens on no network, and asks everybody for a password that only we can read', async () => {
  await using server = await openEmbeddedPostgres({ directory })
  expect(await setting(server, 'fsync')).toBe('on')
  expect(await setting(server, 'synchronous_commit')).toBe('on')
  expect(await setting(server, 'listen_addresses')).toBe('')
  expect((await stat(join(directory, 'cluster/password'))).mode & 0o777).toBe(0o600)
  const url = new URL(server.url)
  url.password = 'guessed'
  await expect(query({ ...server, url: url.href }, 'select 1')).rejects.toMatchObject({ code: '28P01' })
})

test('two processes that open it at once share one server', async () => {
  const directory = await serverFolder()
  const opened = await Promise.all([openElsewhere(directory), openElsewhere(directory)])
  expect(opened.map(({ attached }) => attached).sort()).toEqual([false, true])
  expect((await readdir(directory)).filter((name) => /^(making|installing)-/.test(name))).toEqual([])
})

test('beside a running node it attaches to its server, and leaves that running', async () => {
  await openElsewhere(directory)
  const postmaster = await readPostmaster(directory)
  for (const times of [1, 2]) {
    await using server = await openEmbeddedPostgres({ directory })
    expect(server.attached, `time ${times}`).toBe(true)
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }])
  }
  expect(await readPostmaster(directory)).toBe(postmaster)
})

test('a node killed takes its server along, and the next starts its own', async () => {
  const { node } = await openElsewhere(directory)
  const postmaster = await readPostmaster(directory)
  await killNode(node)
  await using server = await openEmbeddedPostgres({ directory })
  expect(server.attached).toBe(false)
  expect(await readPostmaster(directory)).not.toBe(postmaster)
  expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('starts again soon after node and server were killed together, with every row committed', async () => {
  const { node } = await openElsewhere(directory)
  await using attached = await openEmbeddedPostgres({ directory })
  await query(attached, 'create table kept_after_kill as select 42 as answer')
  process.kill(await readPostmaster(directory), 'SIGKILL')
  await killNode(node)
  await using server = await openEmbeddedPostgres({ directory })
  expect(server.attached).toBe(false)
  expect(await query(server, 'select answer from kept_after_kill')).toEqual([{ answer: 42 }])
})

test('works in a folder whose path is too long for a socket', async () => {
  const directory = join(await serverFolder(), 'long'.repeat(20))
  await mkdir(directory, { recursive: true })
  await using server = await openEmbeddedPostgres({ directory })
  expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }])
})

test.runIf(process.getuid?.() === 0)(
  'says so when the server, which may not be root, cannot enter the folder',
  async () => {
    const folder = await temporaryFolder()
    await chmod(folder, 0o700)
    await expect(openEmbeddedPostgres({ directory: join(folder, 'postgres') })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
  },
)
