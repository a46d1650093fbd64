import { describe, expect, test } from 'vitest'
import {
  claimDeliveries,
  type DeliveryClaim,
  deferDelivery,
  extendDeliveryLease,
  findNextDelivery,
  hastenDeliveries,
  holdDelivery,
  recordSent,
  refuseDelivery,
} from '../../src/db/delivery.ts'
import { retryStudy } from '../../src/db/retry-study.ts'
import type { Db } from '../../src/db/schema.ts'
import type { StudyId } from '../../src/study/identifiers.ts'
import { testDatabase } from '../support/database.ts'
import { analysedStudy, letPass, newResult, takingOf } from '../support/rows.ts'

const LEASE_MS = 60_000

async function claimOne(db: Db, studyId: StudyId, leaseMs = LEASE_MS): Promise<DeliveryClaim> {
  const [claim] = await claimDeliveries(db, studyId, 'PACS', leaseMs)
  if (!claim) throw new Error('nothing due')
  return claim
}

const readDelivery = (db: Db, { deliveryId }: DeliveryClaim) =>
  db.selectFrom('delivery').selectAll().where('id', '=', deliveryId).executeTakeFirstOrThrow()

const next = (db: Db, destination = 'PACS', busy: StudyId[] = []) => findNextDelivery(db, destination, busy)

describe('taking up deliveries', () => {
  test('what is due at a destination is found by study, the oldest first, leaving out those at work', async () => {
    const { db } = await testDatabase()
    const first = await analysedStudy(db, ['PACS', 'ARCHIVE'], [newResult(), newResult()])
    const second = await analysedStudy(db, ['PACS'])
    expect(await next(db)).toBe(first.id)
    expect(await next(db, 'PACS', [first.id])).toBe(second.id)
    expect(await next(db, 'PACS', [first.id, second.id])).toBeUndefined()
    expect(await next(db, 'ARCHIVE', [first.id])).toBeUndefined()
  })

  test('a claim holds all results of the study for the destination, ready to be sent', async () => {
    const { db } = await testDatabase()
    const results = [newResult(), newResult({ kind: 'SC', label: 'Effusion' })]
    const study = await analysedStudy(db, ['PACS', 'ARCHIVE'], results)
    const claims = await claimDeliveries(db, study.id, 'PACS', LEASE_MS)
    expect(claims).toEqual(
      results.map(({ bytes, ...result }) =>
        expect.objectContaining({
          ...result,
          bytes: String(bytes),
          studyInstanceUid: study.studyInstanceUid,
          destination: 'PACS',
          attempts: 1,
        }),
      ),
    )
    expect(await next(db)).toBeUndefined()
    expect(await next(db, 'ARCHIVE')).toBe(study.id)
  })

  test('of many claims at once every delivery goes to one', async () => {
    const { db } = await testDatabase()
    const study = await analysedStudy(db, ['PACS'], [newResult(), newResult(), newResult()])
    const claims = await Promise.all([1, 2, 3, 4].map(() => claimDeliveries(db, study.id, 'PACS', LEASE_MS)))
    expect(claims.flat().map(({ deliveryId }) => deliveryId)).toHaveLength(3)
  })

  test('the work of a killed process is due again when its lease ends, as the next attempt', async () => {
    const { db } = await testDatabase()
    const study = await analysedStudy(db, ['PACS'])
    await claimOne(db, study.id)
    await letPass(db, LEASE_MS - 10_000)
    expect(await claimDeliveries(db, study.id, 'PACS', LEASE_MS)).toEqual([])
    await letPass(db, 10_000)
    expect(await next(db)).toBe(study.id)
    expect(await claimOne(db, study.id)).toMatchObject({ attempts: 2 })
  })

  test('a lease can be lengthened while the result is owed', async () => {
    const { db } = await testDatabase()
    const study = await analysedStudy(db, ['PACS'])
    const claim = await claimOne(db, study.id, 0)
    const { deliveryId } = claim
    expect(await next(db)).toBe(study.id)
    await extendDeliveryLease(db, [deliveryId], LEASE_MS)
    expect(await next(db)).toBeUndefined()
    await recordSent(db, deliveryId, takingOf(claim))
    await extendDeliveryLease(db, [deliveryId], 0)
    expect(await next(db)).toBeUndefined()
  })
})

describe('ending a delivery', () => {
  test('sent, it keeps the status answered and is due no more', async () => {
    const { db } = await testDatabase()
    const claim = await claimOne(db, (await analysedStudy(db, ['PACS'])).id)
    expect(await recordSent(db, claim.deliveryId, takingOf(claim, { status: 0xb000 }))).toEqual({ late: false })
    const delivery = await readDelivery(db, claim)
    expect(delivery).toMatchObject({ state: 'sent', status: 0xb000, dueAt: null, sentAt: expect.any(Date) })
    expect(await recordSent(db, claim.deliveryId, takingOf(claim))).toBeUndefined()
  })

  test('deferred, it is due again after the delay and says why', async () => {
    const { db } = await testDatabase()
    const study = await analysedStudy(db, ['PACS'])
    const claim = await claimOne(db, study.id)
    const reason = { reasonCode: 'STATUS_FAILURE', status: 0xa700, comment: 'disk full' }
    expect(await deferDelivery(db, claim.deliveryId, 30_000, reason)).toBe(true)
    expect(await readDelivery(db, claim)).toMatchObject({ state: 'owed', ...reason })
    await letPass(db, 20_000)
    expect(await next(db)).toBeUndefined()
    await letPass(db, 10_000)
    expect(await claimOne(db, study.id)).toMatchObject({ attempts: 2 })
  })

  test('refused, it is due no more, until a person retries the study', async () => {
    const { db } = await testDatabase()
    const study = await analysedStudy(db, ['PACS'])
    const claim = await claimOne(db, study.id)
    const reason = { reasonCode: 'STATUS_REFUSED', status: 0x0122 }
    expect(await refuseDelivery(db, claim.deliveryId, reason)).toBe(true)
    expect(await readDelivery(db, claim)).toMatchObject({ state: 'refused', dueAt: null, comment: null, ...reason })
    expect(await retryStudy(db, study.studyInstanceUid)).toMatchObject({
      analysis: true,
      deliveries: 1,
      unconfirmed: 0,
    })
    expect(await readDelivery(db, claim)).toMatchObject({ state: 'owed', reasonCode: null, status: null, attempts: 0 })
    expect(await next(db)).toBe(study.id)
  })

  test('what was sent can be neither deferred nor refused', async () => {
    const { db } = await testDatabase()
    const claim = await claimOne(db, (await analysedStudy(db, ['PACS'])).id)
    const { deliveryId } = claim
    await recordSent(db, deliveryId, takingOf(claim))
    expect(await deferDelivery(db, deliveryId, 0, { reasonCode: 'PEER_SILENT' })).toBe(false)
    expect(await refuseDelivery(db, deliveryId, { reasonCode: 'STATUS_REFUSED' })).toBe(false)
    expect(await next(db)).toBeUndefined()
  })

  test('a result taken long after it was made is late', async () => {
    const { db } = await testDatabase()
    const study = await analysedStudy(db, ['PACS'])
    await letPass(db, 3_600_000)
    const claim = await claimOne(db, study.id)
    expect(await recordSent(db, claim.deliveryId, takingOf(claim))).toEqual({ late: true })
  })

  test('held, it is due no more', async () => {
    const { db } = await testDatabase()
    const claim = await claimOne(db, (await analysedStudy(db, ['PACS'])).id)
    expect(await holdDelivery(db, claim.deliveryId, { reasonCode: 'IDENTITY_MISMATCH' })).toBe(true)
    expect(await readDelivery(db, claim)).toMatchObject({ state: 'held', dueAt: null, underWay: false })
    await letPass(db, LEASE_MS)
    expect(await next(db)).toBeUndefined()
  })
})

test('what waits because the destination was down is due at once when it is up; what is under way, or waits for another reason, is not', async () => {
  const { db } = await testDatabase()
  const claims: DeliveryClaim[] = []
  for (const reasonCode of ['PEER_UNREACHABLE', 'PEER_SILENT', 'STATUS_FAILURE', undefined]) {
    const claim = await claimOne(db, (await analysedStudy(db, ['PACS'])).id)
    if (reasonCode) await deferDelivery(db, claim.deliveryId, 600_000, { reasonCode })
    claims.push(claim)
  }
  expect(await hastenDeliveries(db, 'PACS', ['PEER_UNREACHABLE', 'PEER_SILENT'])).toBe(2)
  const [first, second] = claims.map(({ studyId }) => studyId)
  expect(await next(db)).toBe(first)
  expect(await next(db, 'PACS', first ? [first] : [])).toBe(second)
  expect(await next(db, 'PACS', first && second ? [first, second] : [])).toBeUndefined()
})
