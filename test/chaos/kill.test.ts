import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../../src/config/read-config.ts'
import type { Config } from '../../src/config/schema.ts'
import { recallResults } from '../../src/db/recall.ts'
import { openInstanceFiles } from '../../src/files/instance-files.ts'
import { removeOrphans } from '../../src/receive/remove-orphans.ts'
import { ROLES, type Role, startNode } from '../../src/roles/node.ts'
import { openStore } from '../../src/roles/store.ts'
import { testDatabase } from '../support/database.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { nodeEnvironment, startTestNode, untilStudies } from '../support/node.ts'
import { openPacs } from '../support/pacs.ts'
import { phantomFile, push } from '../support/push.ts'
import { recordedLog } from '../support/recorded-log.ts'
import { testRedis } from '../support/redis.ts'
import { letPass } from '../support/rows.ts'
import { KILL_POINTS } from './kill-points.ts'

/** Longer than what a process that was killed had claimed is kept for it, and than its associations count as open. */
const GIVEN_UP_MS = 10_000
const END_MS = 15_000
const FAST = { MCADS_ANALYSIS__TIMEOUT: '5s', MCADS_DELIVERY__TIMEOUT: '1s' }

/** Whether the instance was acknowledged. */
const isAcknowledged = async (port: number, file: string) => (await push(port, file)).join() === '0000H'

/** Starts roles in a process of their own; its port, and its end. */
async function startProcess(environment: Record<string, string>, role: Role | 'all', killPoint = '') {
  const child = fork(join(import.meta.dirname, 'role-process.ts'), [role, killPoint], {
    execArgv: ['--import', 'tsx'],
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit')
  onTestFinished(() => end(child, ended))
  const [message] = await Promise.race([
    once(child, 'message'),
    ended.then(() => Promise.reject(new Error('did not start'))),
  ])
  return { child, ended, dicomPort: Number(message.dicomPort) }
}

/** Ends a process that was not killed, with what it runs: its PostgreSQL would go on writing. */
async function end(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.connected) child.disconnect()
  await Promise.race([ended, sleep(END_MS, undefined, { ref: false })])
  child.kill('SIGKILL')
  await ended
}

async function startRoles(config: Config, roles: readonly Role[]): Promise<number> {
  const node = await startNode(config, roles)
  onTestFinished(() => node[Symbol.asyncDispose]())
  return node.dicomPort ?? 0
}

async function untilAcknowledged(port: number, file: string): Promise<void> {
  while (!(await isAcknowledged(port, file))) await sleep(200)
}

let baseline: string[] | undefined

/** What one undisturbed run makes of the phantom. */
async function undisturbed(file: string): Promise<string[]> {
  if (baseline) return baseline
  const { destination, taken } = await openPacs()
  const { dicomPort, db } = await startTestNode({ destinations: [destination], environment: FAST })
  await untilAcknowledged(dicomPort, file)
  await untilStudies(db, 1)
  baseline = [...taken.keys()].sort()
  expect(baseline.length).toBeGreaterThanOrEqual(2)
  return baseline
}

function expectOnce(received: ReadonlyMap<string, string[]>, expected: readonly string[], most = 1): void {
  expect([...received.keys()].sort()).toEqual(expected)
  for (const hashes of received.values()) {
    expect(new Set(hashes).size).toBe(1)
    expect(hashes.length).toBeLessThanOrEqual(most)
  }
}

test.each(Object.entries(KILL_POINTS))(
  'killed when %s: the same results, each delivered once',
  async (killPoint, { role }) => {
    const file = await phantomFile()
    const expected = await undisturbed(file)
    const { destination, taken } = await openPacs()
    const { url, db } = await testDatabase()
    const directory = join(await temporaryFolder(), 'state')
    const environment = nodeEnvironment(directory, url, { destinations: [destination], environment: FAST })
    const config = readConfig(undefined, environment)
    const others = ROLES.filter((each) => each !== role)
    const [victim, ownPort] = await Promise.all([
      startProcess(environment, role, killPoint),
      startRoles(config, others),
    ])
    await push(role === 'receiver' ? victim.dicomPort : ownPort, file)
    const [, signal] = await victim.ended
    expect(signal).toBe('SIGKILL')
    await letPass(db, GIVEN_UP_MS)
    const port = await startRoles(config, [role])
    if (role === 'receiver') await untilAcknowledged(port, file)
    const [view] = await untilStudies(db, 1)
    expect(view?.study.state).toBe('analysed')
    expect(view?.instances).toHaveLength(1)
    expectOnce(taken, expected)
  },
  120_000,
)

/** A sender that is killed when the PACS has kept its first instance; all before it has gone well. */
async function untilSenderIsKilled(file: string) {
  let victim: ChildProcess | undefined
  const { destination, taken } = await openPacs({ onKept: () => void victim?.kill('SIGKILL') })
  const { url, db } = await testDatabase()
  const environment = nodeEnvironment(join(await temporaryFolder(), 'state'), url, {
    destinations: [destination],
    environment: FAST,
  })
  const config = readConfig(undefined, environment)
  const [sender, port] = await Promise.all([
    startProcess(environment, 'sender'),
    startRoles(config, ['receiver', 'worker']),
  ])
  victim = sender.child
  await untilAcknowledged(port, file)
  await sender.ended
  await letPass(db, GIVEN_UP_MS)
  victim = undefined
  return { config, db, taken }
}

test('a sender killed before it heard the answer sends that one instance again, the same bytes, and no other', async () => {
  const file = await phantomFile()
  const expected = await undisturbed(file)
  const { config, db, taken } = await untilSenderIsKilled(file)
  await startRoles(config, ['sender'])
  await untilStudies(db, 1)
  expectOnce(taken, expected, 2)
  expect([...taken.values()].filter((hashes) => hashes.length > 1).length).toBeLessThanOrEqual(1)
}, 120_000)

test('a sender killed before it heard the answer: what was then recalled is rejected at the destination that may hold it', async () => {
  const { config, db, taken } = await untilSenderIsKilled(await phantomFile())
  const model = { modelId: 'phantom-densenet', modelVersion: '1.0.0', from: new Date(0), until: new Date() }
  await recallResults(db, { ...model, title: 'patient-safety', reanalyse: false })
  await startRoles(config, ['sender'])
  const [kept = ''] = taken.keys()
  const [view] = await untilStudies(db, 1, {
    done: ({ results, deliveries }) =>
      results.some(({ kind }) => kind === 'REJECTION') && deliveries.every(({ state }) => state !== 'owed'),
  })
  const note = view?.results.find(({ kind }) => kind === 'REJECTION')
  expect(view?.results.find(({ sopInstanceUid }) => sopInstanceUid === kept)?.rejectedBy).toBe(note?.sopInstanceUid)
  expect(view?.deliveries.filter(({ state }) => state === 'sent').map(({ resultId }) => resultId)).toEqual([note?.id])
  expect([...taken.keys()]).toEqual([kept, note?.sopInstanceUid])
}, 120_000)

test('what a worker killed between results and rows left behind is removed when it is old, and nothing else', async () => {
  const { destination } = await openPacs()
  const { url, db } = await testDatabase()
  const directory = join(await temporaryFolder(), 'state')
  const environment = nodeEnvironment(directory, url, { destinations: [destination], environment: FAST })
  const config = readConfig(undefined, environment)
  const [victim, port] = await Promise.all([
    startProcess(environment, 'worker', 'one result is written and no row'),
    startRoles(config, ['receiver', 'sender']),
  ])
  await untilAcknowledged(port, await phantomFile())
  await victim.ended
  await letPass(db, GIVEN_UP_MS)
  await startRoles(config, ['worker'])
  const [view] = await untilStudies(db, 1)
  const results = join(directory, 'results')
  const named = [...(view?.results ?? []), ...(view?.heatMaps ?? [])].map(({ file }) => file)
  expect((await readdir(results)).length).toBeGreaterThan(named.length)
  const then = new Date(Date.now() - 48 * 3_600_000)
  for (const name of await readdir(results)) await utimes(join(results, name), then, then)
  const files = await openInstanceFiles({ directory, minimumFreeBytes: 0, maximumInstanceBytes: 1e9 })
  const log = recordedLog()
  for (let turn = 0; turn < 2; turn++) await removeOrphans({ db, files, events: log.events }, 24 * 3_600_000)
  expect((await readdir(results)).sort()).toEqual([...new Set(named)].sort())
  expect(log.saying('files of results that no row names were removed')).toHaveLength(1)
}, 120_000)

test('a whole node with its embedded PostgreSQL, killed and started again, goes on where it was', async () => {
  const file = await phantomFile()
  const expected = await undisturbed(file)
  const { destination, taken } = await openPacs()
  const directory = join(await temporaryFolder(), 'state')
  const { MCADS_DATABASE__URL: _, ...environment } = nodeEnvironment(directory, '', {
    destinations: [destination],
    environment: FAST,
  })
  const victim = await startProcess(environment, 'all', 'the analysis is claimed')
  await untilAcknowledged(victim.dicomPort, file)
  await victim.ended
  await startProcess(environment, 'all')
  await using store = await openStore(readConfig(undefined, environment))
  await untilStudies(store.db, 1)
  expectOnce(taken, expected)
}, 120_000)

describeWith(['redis-server'], 'Redis', () => {
  test('emptied again and again while studies come in, or restarted, loses no study and doubles no result', async () => {
    const redis = await testRedis()
    const { destination, taken } = await openPacs()
    const { dicomPort, db } = await startTestNode({
      destinations: [destination],
      redisUrl: redis.url,
      environment: FAST,
    })
    for (const seed of [11, 12, 13]) {
      await untilAcknowledged(dicomPort, await phantomFile(seed))
      for (let times = 0; times < 8; times++) {
        await redis.flush()
        await sleep(100)
      }
    }
    await redis.kill()
    await untilAcknowledged(dicomPort, await phantomFile(14))
    await sleep(1000)
    await redis.start()
    const views = await untilStudies(db, 4, { withinMs: 90_000 })
    expect(views.map(({ study }) => study.state)).toEqual(['analysed', 'analysed', 'analysed', 'analysed'])
    const results = views.flatMap((view) =>
      view.results.flatMap(({ sopInstanceUid, alternativeOf }) => (alternativeOf ? [] : [String(sopInstanceUid)])),
    )
    expectOnce(taken, results.sort())
  }, 180_000)
})
