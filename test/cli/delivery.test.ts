import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listTrail } from '../../src/audit/list-trail.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { claimDeliveries, holdDelivery, recordSent } from '../../src/db/delivery.ts'
import { retryStudy } from '../../src/db/retry-study.ts'
import { openInstanceFiles } from '../../src/files/instance-files.ts'
import { removeExpired } from '../../src/receive/remove-expired.ts'
import { startNode } from '../../src/roles/node.ts'
import { testDatabase } from '../support/database.ts'
import { configFile, mcads } from '../support/mcads.ts'
import { temporaryFolder } from '../support/needs.ts'
import { nodeEnvironment } from '../support/node.ts'
import { recordedLog } from '../support/recorded-log.ts'
import { until } from '../support/recording-scp.ts'
import { analysedStudy, letPass, newResult, takingOf } from '../support/rows.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const PACS = { name: 'pacs', aeTitle: 'PACS', host: '127.0.0.1', port: 1 }

/** Four studies: of two something is owed to `gone`, of one it is held there, of one it is to be asked whether it kept it. */
async function stranded() {
  const { db, url } = await testDatabase()
  const directory = join(await temporaryFolder(), 'state')
  const files = await openInstanceFiles({ directory, minimumFreeBytes: 0, maximumInstanceBytes: 1e9 })
  const config = await configFile({ storage: { directory }, database: { url }, destinations: [PACS] })
  const studies = []
  for (const how of ['owed', 'owed', 'held', 'sent']) {
    const study = await analysedStudy(db, how === 'owed' ? ['gone', 'pacs'] : ['gone'], [newResult(), newResult()])
    studies.push(study)
    if (how === 'owed') continue
    for (const claim of await claimDeliveries(db, study.id, 'gone', 1000)) {
      if (how === 'held') await holdDelivery(db, claim.deliveryId, { reasonCode: 'IDENTITY_MISMATCH' })
      else await recordSent(db, claim.deliveryId, takingOf(claim, { confirmWithinMs: DAY_MS }))
    }
  }
  await letPass(db, DAY_MS)
  const run = (...args: string[]) => mcads(...args, '--config', config)
  const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout)
  return { db, url, directory, files, run, json, studies }
}

type Stranded = Awaited<ReturnType<typeof stranded>>

const states = async ({ db }: Stranded, destination: string) => {
  const rows = await db
    .selectFrom('delivery')
    .selectAll()
    .where('destination', '=', destination)
    .orderBy('id')
    .execute()
  return rows.map(({ state, reasonCode, comment }) => [state, reasonCode, comment])
}

/** How many studies are still known after everything that may leave by age has. */
async function leave({ db, files }: Stranded): Promise<number> {
  await db
    .updateTable('delivery')
    .set({ state: 'refused', dueAt: null, reasonCode: 'X' })
    .where('destination', '=', 'pacs')
    .execute()
  const deps = { db, files, events: recordedLog().events, maximumQuarantine: 1e9 }
  const retention = { pixels: HOUR_MS, results: HOUR_MS }
  for (let turn = 0; turn < 2; turn++) await removeExpired({ ...deps, retention })
  return (await db.selectFrom('study').select('id').execute()).length
}

test('what is owed to a destination that is not configured is listed, named by the doctor, and keeps its studies', async () => {
  const node = await stranded()
  expect(await node.json('delivery', 'stranded')).toMatchObject([{ destination: 'gone', deliveries: 8, studies: 4 }])
  const { stdout } = await node.run('delivery', 'stranded')
  expect(stdout).toMatch(/gone +8 +4 +\d{4}-\d{2}-\d{2}/)
  const { checks } = await node.json('doctor', '--role', 'sender')
  expect(checks.deliveries).toMatchObject({
    ok: true,
    warning: true,
    words: 'gone is not configured, and owed 8 results of 4 studies',
    remedy: expect.stringContaining('`mcads delivery give-up gone --reason …`'),
  })
  expect(await leave(node)).toBe(4)
})

test('given up, it is refused or asked for no more, with the reason; its studies leave, and the audit trail names each', async () => {
  const node = await stranded()
  const dry = await node.json('delivery', 'give-up', 'gone', '--reason', 'replaced', '--dry-run')
  expect(dry).toMatchObject({ dryRun: true, found: [{ deliveries: 8 }] })
  expect((await states(node, 'gone')).map(([state]) => state)).not.toContain('refused')
  const { exitCode, stdout } = await node.run('delivery', 'give-up', 'gone', '--reason', 'replaced by pacs')
  expect([exitCode, stdout]).toEqual([0, '8 results of 4 studies are given up at gone\n'])
  expect(await states(node, 'gone')).toEqual([
    ...Array(6).fill(['refused', 'GIVEN_UP', 'replaced by pacs']),
    ...Array(2).fill(['unconfirmed', 'GIVEN_UP', 'replaced by pacs']),
  ])
  expect((await states(node, 'pacs')).map(([state]) => state)).toEqual(Array(4).fill('owed'))
  const answers = await node.db.selectFrom('deliveryAnswer').selectAll().execute()
  expect(answers.map(({ question, comment }) => [question, comment])).toEqual(
    Array(8).fill(['person', 'given up: replaced by pacs']),
  )
  expect(await node.json('delivery', 'stranded')).toEqual([])
  expect((await node.json('doctor', '--role', 'sender')).checks.deliveries).toEqual({
    ok: true,
    words: 'nothing is owed to a destination that is not configured',
  })
  for (const { studyInstanceUid } of node.studies)
    expect(await listTrail(join(node.directory, 'audit'), { limit: 10, studyInstanceUid })).toMatchObject([
      { action: 'U', outcome: 0, words: 'mcads delivery give-up: gone: replaced by pacs' },
    ])
  // Again: nothing to do.
  expect((await node.run('delivery', 'give-up', 'gone', '--reason', 'again')).stdout).toMatch(/^0 results of 0 studies/)
  expect(await leave(node)).toBe(0)
})

test('a retry offers again what was given up only to a destination that is configured', async () => {
  const { db, run, studies, ...node } = await stranded()
  await run('delivery', 'give-up', 'gone', '--reason', 'replaced')
  const [first] = studies
  if (!first) throw new Error('no study')
  expect((await run('study', 'retry', first.studyInstanceUid)).stdout).toContain('0 refused or held deliveries')
  expect((await states({ db, run, studies, ...node }, 'gone')).map(([state]) => state)).not.toContain('owed')
  expect(await retryStudy(db, first.studyInstanceUid, ['gone'])).toMatchObject({ deliveries: 2 })
})

test('what is configured is not given up, nor anything without a reason; what is being sent is left', async () => {
  const { db, run, studies } = await stranded()
  expect(await run('delivery', 'give-up', 'pacs', '--reason', 'x')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('pacs is configured'),
  })
  expect(await run('delivery', 'give-up', 'gone', '--reason', '  ')).toMatchObject({ exitCode: 2 })
  expect(await run('delivery', 'give-up', 'gone')).toMatchObject({ exitCode: 2 })
  // Another process has not heard yet that it is gone.
  const [first] = studies
  if (first) await claimDeliveries(db, first.id, 'gone', 60_000)
  expect((await run('delivery', 'give-up', 'gone', '--reason', 'replaced')).stdout).toBe(
    '6 results of 3 studies are given up at gone; 2 are being sent at this moment\n',
  )
})

test('a running node says so in its log, once, and in a metric', async () => {
  const { db, url, directory } = await stranded()
  const log = recordedLog()
  const config = readConfig(undefined, nodeEnvironment(directory, url, { destinations: [PACS] }))
  await using node = await startNode(config, ['api'], log.overrides)
  const metric = async () => {
    const answer = await fetch(`http://127.0.0.1:${node.httpPort}/metrics`)
    return /^mcads_deliveries_stranded\{destination="gone"\} (\d+)$/m.exec(await answer.text())?.[1]
  }
  await until(async () => (await metric()) === '8', 10_000)
  expect(log.saying('results are owed to a destination that is not configured')).toMatchObject([
    { destination: 'gone', instances: 8, studies: 4 },
  ])
  expect(await db.selectFrom('delivery').select('id').where('state', '=', 'owed').execute()).toHaveLength(8)
})
