import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { Failure } from '../failure.ts'
import { installBinaries } from './embedded-binaries.ts'
import { type Cluster, openCluster } from './embedded-cluster.ts'
import { asServerUser, checkReachable, environment } from './embedded-user.ts'

export type EmbeddedPostgres = AsyncDisposable & {
  /** With its password: not for logs. */
  readonly url: string
  /** Another process started it and will end it. */
  readonly attached: boolean
}

// After SIGKILL of everything the old server's processes hold on for some seconds.
const RETRY_MS = 15_000
// Recovery from that takes its time, too.
const START_MS = 60_000
const STOP_MS = 10_000

/**
 * PostgreSQL for evaluation and tests, on a Unix socket, ending with this process; or the one that another process of
 * ours runs in this `directory`. To be called on the main thread: the server ends with the thread that started it.
 * @throws Failure CONFIG_INVALID, DATABASE_UNAVAILABLE
 */
export async function openEmbeddedPostgres({ directory }: { directory: string }): Promise<EmbeddedPostgres> {
  const folder = resolve(directory)
  await mkdir(folder, { recursive: true })
  // To be entered by the server's user, and no more.
  await chmod(folder, 0o711)
  await checkReachable(folder)
  const binaries = await installBinaries(folder)
  const cluster = await openCluster(folder, binaries)
  const deadline = Date.now() + RETRY_MS
  for (;;) {
    if ((await isServed(cluster)) && (await isReady(cluster))) {
      return { url: cluster.url, attached: true, [Symbol.asyncDispose]: async () => {} }
    }
    const server = await start(cluster, binaries)
    if (server) return { url: cluster.url, attached: false, [Symbol.asyncDispose]: () => close(server, cluster) }
    if (Date.now() > deadline) throw await cannotStart(cluster)
    await sleep(200)
  }
}

/** The server, once it answers; undefined when it ends before. */
async function start(cluster: Cluster, binaries: string): Promise<ChildProcess | undefined> {
  const log = await open(join(cluster.directory, 'server.log'), 'w', 0o600)
  const settings = {
    listen_addresses: '',
    unix_socket_directories: cluster.socketFolder,
    unix_socket_permissions: '0700',
    // A statement or a duplicate key could tell what the log must not.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const command = [join(binaries, 'bin/postgres'), '-D', join(cluster.folder, 'data'), ...options]
  const [program = '', ...args] = asServerUser(command)
  // Ctrl-C at a terminal is for us, who still need it: it is in no process group of ours.
  const outside = { env: environment(), cwd: '/', detached: true }
  const server = spawn(program, args, { ...outside, stdio: ['ignore', log.fd, log.fd] })
  await once(server, 'spawn')
    .catch(rethrow)
    .finally(() => log.close())
  const deadline = Date.now() + START_MS
  while (isRunning(server) && Date.now() < deadline) {
    // Another process's server may answer while ours finds the folder taken.
    if ((await readPostmaster(cluster)) === server.pid && (await isReady(cluster))) {
      await writeFile(join(cluster.directory, 'owner'), String(process.pid), { mode: 0o600 })
      return server
    }
    await sleep(20)
  }
  await stop(server)
  return undefined
}

/** The process that serves the cluster, or did. */
async function readPostmaster({ folder }: Cluster): Promise<number | undefined> {
  const text = await readFile(join(folder, 'data/postmaster.pid'), 'utf8').catch(() => '')
  return Number.parseInt(text, 10) || undefined
}

function rethrow(cause: unknown): never {
  throw new Failure('CONFIG_INVALID', `cannot run setpriv (util-linux): ${String(cause)}`, { cause })
}

const isRunning = (server: ChildProcess) => server.exitCode === null && server.signalCode === null

/** A fast shutdown does not wait for clients; an immediate one waits for nothing, and the next start recovers. */
async function stop(server: ChildProcess): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (!isRunning(server)) return
    const ended = once(server, 'exit')
    server.kill(signal)
    await Promise.race([ended, sleep(STOP_MS, undefined, { ref: false })])
  }
}

async function close(server: ChildProcess, { folder, socketFolder }: Cluster): Promise<void> {
  await stop(server)
  if (socketFolder !== folder) await rm(socketFolder, { recursive: true, force: true })
}

/** Whether a server runs here whose parent lives: one that lost its parent is about to end. */
async function isServed(cluster: Cluster): Promise<boolean> {
  try {
    const owner = await readFile(join(cluster.directory, 'owner'), 'utf8')
    const stat = await readFile(`/proc/${await readPostmaster(cluster)}/stat`, 'utf8')
    // proc(5): pid (comm) state ppid …; comm may hold anything but its last `)`.
    const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
    return parent === owner
  } catch {
    return false
  }
}

async function isReady({ url }: Cluster): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  return client
    .connect()
    .then(
      () => true,
      () => false,
    )
    .finally(() => client.end())
}

async function cannotStart({ directory }: Cluster): Promise<Failure> {
  const log = await readFile(join(directory, 'server.log'), 'utf8').catch(() => '')
  const lines = log.trim().split('\n').slice(-3).join(' ')
  return new Failure('DATABASE_UNAVAILABLE', `the embedded PostgreSQL does not start: ${lines}`)
}
