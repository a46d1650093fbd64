import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { openEmbeddedPostgres } from '../../src/db/embedded-postgres.ts'
import { freePort } from '../support/dcmtk.ts'
import { temporaryFolder } from '../support/needs.ts'
import { nodeEnvironment } from '../support/node.ts'
import { testRedis } from '../support/redis.ts'
import { Archive } from './archive.ts'
import { Supervised } from './supervised.ts'

const FAST = { MCADS_ANALYSIS__TIMEOUT: '5s', MCADS_DELIVERY__TIMEOUT: '2s', MCADS_COMPLETION__QUIET: '1s' }
const PROGRAM = (name: string) => join(import.meta.dirname, name)
const POSTGRES_PROGRAM = join(import.meta.dirname, '../support/embedded-postgres-process.ts')

type Options = {
  /** Where instances and results go, when not a folder of its own. */
  readonly storage?: string
  readonly environment?: Record<string, string>
}

/** A whole node, every part of it a process of its own that can be killed, and a PACS. */
export async function openGround({ storage, environment = {} }: Options = {}) {
  const folder = await temporaryFolder()
  const directory = storage ?? join(folder, 'state')
  const logs = join(folder, 'logs')
  await mkdir(logs)
  const clusterFolder = join(folder, 'postgres')
  // The cluster is made, and its address learnt, before anything is killed.
  const { url } = await makeCluster(clusterFolder)
  const archive = await Archive.open(folder)
  const redis = await testRedis()
  const dicomPort = await freePort()
  const postgres = new Supervised('postgres', logs, { file: POSTGRES_PROGRAM, args: [clusterFolder], environment: {} })
  const settings = nodeEnvironment(directory, url, {
    destinations: [{ name: 'pacs', aeTitle: 'PACS', port: archive.port }],
    redisUrl: redis.url,
    environment: { ...FAST, MCADS_DICOM__PORT: String(dicomPort), ...environment },
  })
  const role = (name: string) =>
    new Supervised(name, logs, { file: PROGRAM('role-process.ts'), args: [name], environment: settings })
  const roles = { receiver: role('receiver'), worker: role('worker'), sender: role('sender') }
  onTestFinished(() => endPostgres(clusterFolder))
  await postgres.start()
  await Promise.all(Object.values(roles).map((each) => each.start()))
  return {
    ...{ directory, logs, dicomPort, archive, redis, roles, url },
    /** SIGKILL of the server itself and of the process that runs it. */
    async killPostgres() {
      signal(clusterFolder, 'SIGKILL')
      await postgres.kill()
    },
    /** A fast shutdown, as a restart by an administrator is. */
    async stopPostgres() {
      signal(clusterFolder, 'SIGINT')
      await sleep(300)
      await postgres.kill()
    },
    startPostgres: () => postgres.start(),
    async openDb() {
      const database = openDatabase({ url })
      onTestFinished(() => database[Symbol.asyncDispose]())
      return database.db
    },
  }
}

export type Ground = Awaited<ReturnType<typeof openGround>>

/** The server's process, if one is running: it may still be down from the last time. */
function postmaster(clusterFolder: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(clusterFolder, 'cluster/data/postmaster.pid'), 'utf8').split('\n')[0])
    process.kill(pid, 0)
    return pid
  } catch {
    return undefined
  }
}

function signal(clusterFolder: string, name: NodeJS.Signals): void {
  const pid = postmaster(clusterFolder)
  if (pid !== undefined) process.kill(pid, name)
}

/** Its processes would write into the folder while that is removed. */
async function endPostgres(clusterFolder: string): Promise<void> {
  signal(clusterFolder, 'SIGQUIT')
  for (let turn = 0; turn < 100 && postmaster(clusterFolder) !== undefined; turn++) await sleep(50)
  await sleep(200)
}

async function makeCluster(directory: string): Promise<{ url: string }> {
  await using postgres = await openEmbeddedPostgres({ directory })
  return { url: postgres.url }
}
