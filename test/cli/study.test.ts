import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { claimDeliveries, holdDelivery, recordSent, refuseDelivery } from '../../src/db/delivery.ts'
import { recordAnswer } from '../../src/db/delivery-answer.ts'
import { confirmDelivery } from '../../src/db/delivery-confirm.ts'
import { recordInstance } from '../../src/db/instance.ts'
import { declineStudy } from '../../src/db/study.ts'
import { DECLINE_REASONS } from '../../src/study/decline.ts'
import { emptyDatabase, testDatabase } from '../support/database.ts'
import { configFile, mcads } from '../support/mcads.ts'
import { analysedStudy, claimedStudy, letPass, newInstance, newResult, newUid, takingOf } from '../support/rows.ts'

const configOf = (url: string) =>
  configFile({ storage: { directory: join('/tmp', `mcads-not-made-${randomUUID()}`) }, database: { url } })

/** The rows of a test, and the program that looks at them. */
async function rows() {
  const { db, url } = await testDatabase()
  const config = await configOf(url)
  const study = (...args: string[]) => mcads('study', ...args, '--config', config)
  const json = async (...args: string[]): Promise<unknown> => {
    const { stdout } = await study(...args, '--json')
    expect(stdout.match(/\n/g)).toHaveLength(1)
    return JSON.parse(stdout)
  }
  return { db, study, json }
}

/** A study with two results, of which the PACS refused one for good. */
async function refusedStudy(db: Parameters<typeof analysedStudy>[0]) {
  const results = [newResult({ kind: 'SC' }), newResult()]
  const { id, studyInstanceUid } = await analysedStudy(db, ['pacs'], results)
  const [first] = await claimDeliveries(db, id, 'pacs', 60_000)
  const reason = { reasonCode: 'STATUS_REFUSED', status: 0xa900, comment: 'the peer answered A900H' }
  await refuseDelivery(db, first?.deliveryId ?? '', reason)
  return studyInstanceUid
}

test('mcads study list says so when there are none', async () => {
  const { study, json } = await rows()
  expect(await study('list')).toEqual({ exitCode: 0, stdout: 'no studies\n', stderr: '' })
  expect(await json('list')).toEqual([])
})

test('mcads study list shows the newest first, with state, reason and what is owed or refused; by state or number', async () => {
  const { db, study, json } = await rows()
  const analysed = await refusedStudy(db)
  const declined = await claimedStudy(db)
  await declineStudy(db, declined, 'VIEW_NOT_FRONTAL', DECLINE_REASONS.VIEW_NOT_FRONTAL)
  const { stdout } = await study('list')
  const [, , first, second] = stdout.split('\n')
  expect(first).toMatch(new RegExp(`^${declined.studyInstanceUid} +declined +1 +1 .* 0 +0 +0 +0 +VIEW_NOT_FRONTAL$`))
  expect(second).toMatch(new RegExp(`^${analysed} +analysed +1 +1 .* 1 +0 +1 +0$`))
  expect(await json('list', '--state', 'declined')).toMatchObject([{ studyInstanceUid: declined.studyInstanceUid }])
  expect(await json('list', '--limit', '1')).toHaveLength(1)
})

test('mcads study show tells instances, findings, results, and of each delivery its state, status and reason', async () => {
  const { db, study, json } = await rows()
  const uid = await refusedStudy(db)
  const { exitCode, stdout } = await study('show', uid)
  expect(exitCode).toBe(0)
  expect(stdout).toContain(`study      ${uid}\nstate      analysed, revision 1\ninstances  1`)
  expect(stdout).toMatch(/Pneumothorax +80\.0 % +AT OR ABOVE/)
  expect(stdout).toMatch(/pacs +SC +refused +A900H +1 +STATUS_REFUSED: the peer answered A900H/)
  expect(stdout).toMatch(/pacs +SR +owed +1/)
  expect(await json('show', uid)).toMatchObject({ study: { studyInstanceUid: uid }, deliveries: [{}, {}] })
})

test('mcads study show gives the reason of a study that was declined', async () => {
  const { db, study } = await rows()
  const declined = await claimedStudy(db)
  await declineStudy(db, declined, 'VIEW_NOT_FRONTAL', DECLINE_REASONS.VIEW_NOT_FRONTAL)
  const { stdout } = await study('show', declined.studyInstanceUid)
  expect(stdout).toContain(`reason     VIEW_NOT_FRONTAL: ${DECLINE_REASONS.VIEW_NOT_FRONTAL}`)
})

test('mcads study retry makes the analysis due and owes again what was refused', async () => {
  const { db, study, json } = await rows()
  const uid = await refusedStudy(db)
  expect(await study('retry', uid)).toEqual({
    exitCode: 0,
    stdout: 'the analysis is due now; 1 refused or held deliveries are owed again, 0 unconfirmed are asked for\n',
    stderr: '',
  })
  expect(await json('show', uid)).toMatchObject({ study: { state: 'complete', attempts: 0 } })
  expect(await json('retry', uid)).toMatchObject({ analysis: true, deliveries: 0, unconfirmed: 0 })
})

test('mcads study release sends what is held, and study show tells of it', async () => {
  const { db, study, json } = await rows()
  const { id, studyInstanceUid } = await analysedStudy(db, ['pacs'], [newResult()])
  const [claim] = await claimDeliveries(db, id, 'pacs', 60_000)
  const comment = 'at the destination the study has another Patient ID'
  await holdDelivery(db, claim?.deliveryId ?? '', { reasonCode: 'IDENTITY_MISMATCH', comment })
  expect((await study('show', studyInstanceUid)).stdout).toMatch(/pacs +SR +held +1 +IDENTITY_MISMATCH: at the dest/)
  expect(await json('release', studyInstanceUid)).toEqual({ deliveries: 1 })
  const { stdout } = await study('show', studyInstanceUid)
  expect(stdout).toMatch(/pacs +SR +owed +0/)
  expect(stdout).toMatch(/pacs +SR +person +1 +released/)
})

test('mcads study show tells by whose word a result was kept, that it came late, and what was answered before', async () => {
  const { db, study } = await rows()
  const { id, studyInstanceUid } = await analysedStudy(db, ['pacs'], [newResult()])
  await letPass(db, 3_600_000)
  const [claim] = await claimDeliveries(db, id, 'pacs', 60_000)
  const deliveryId = claim?.deliveryId ?? ''
  const full = { question: 'store', status: 0xa700, reasonCode: 'STATUS_FAILURE', comment: 'disk full' } as const
  for (let count = 0; count < 3; count++) await recordAnswer(db, deliveryId, full)
  await recordAnswer(db, deliveryId, { question: 'store', status: 0 })
  await recordSent(db, deliveryId, takingOf(claim, { confirmWithinMs: 60_000 }))
  await confirmDelivery(db, deliveryId, 'storage commitment')
  const { stdout } = await study('show', studyInstanceUid)
  expect(stdout).toMatch(/pacs +SR +confirmed +0000H +1 +by storage commitment; late/)
  expect(stdout).toMatch(/pacs +SR +store +A700H +3 +STATUS_FAILURE: disk full/)
})

test('mcads study retry of a study that still receives instances leaves it to its completion', async () => {
  const { db, json } = await rows()
  const { studyInstanceUid } = newInstance()
  await recordInstance(db, newInstance({ studyInstanceUid }))
  expect(await json('retry', studyInstanceUid)).toMatchObject({ analysis: false, deliveries: 0, unconfirmed: 0 })
  expect(await json('show', studyInstanceUid)).toMatchObject({ study: { state: 'receiving' } })
})

test.each(['show', 'retry', 'release'])(
  'mcads study %s of a study that is not known says where to look: exit code 1',
  async (command) => {
    const { study } = await rows()
    const { exitCode, stdout, stderr } = await study(command, newUid())
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toContain('NOT_FOUND: no such study; `mcads study list` shows')
  },
)

test('a database that cannot be reached is told: exit code 1', async () => {
  const config = await configOf('postgresql://127.0.0.1:1/mcads')
  const { exitCode, stderr } = await mcads('study', 'list', '--config', config)
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/^mcads: DATABASE_UNAVAILABLE: .*127\.0\.0\.1:1/)
})

test('mcads migrate brings the database up to date, and has nothing to do the second time', async () => {
  const config = await configOf((await emptyDatabase()).url)
  expect(await mcads('migrate', '--config', config)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^applied 0001-/),
  })
  expect(await mcads('migrate', '--config', config)).toMatchObject({ exitCode: 0, stdout: 'nothing to do\n' })
  expect(await mcads('migrate', '--config', config, '--json')).toMatchObject({ stdout: '{"applied":[]}\n' })
})
