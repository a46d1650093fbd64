import { describe, expect, test } from 'vitest'
import {
  claimDeliveries,
  type DeliveryClaim,
  deferDeliveries,
  extendDeliveryLease,
  findDeliveriesDue,
  recordDelivered,
  refuseDelivery,
} from '../../src/db/delivery.ts'
import { retryStudy } from '../../src/db/retry-study.ts'
import type { Db } from '../../src/db/schema.ts'
import type { StudyId } from '../../src/study/identifiers.ts'
import { testDatabase } from '../support/database.ts'
import { analysedStudy, letPass, newResult } from '../support/rows.ts'

const LEASE_MS = 60_000

async function claimOne(db: Db, studyId: StudyId, leaseMs = LEASE_MS): Promise<DeliveryClaim> {
  const [claim] = await claimDeliveries(db, studyId, 'PACS', leaseMs)
  if (!claim) throw new Error('nothing due')
  return claim
}

const readDelivery = (db: Db, { deliveryId }: DeliveryClaim) =>
  db.selectFrom('delivery').selectAll().where('id', '=', deliveryId).executeTakeFirstOrThrow()

describe('taking up deliveries', () => {
  test('what is due at a destination is found by study, however many results there are', async () => {
    const { db } = await testDatabase()
    const first = await analysedStudy(db, ['PACS', 'ARCHIVE'], [newResult(), newResult()])
    const second = await analysedStudy(db, ['PACS'])
    expect(await findDeliveriesDue(db, 'PACS', 10)).toEqual([
      { studyId: first.id, attempts: 0 },
      { studyId: second.id, attempts: 0 },
    ])
    expect(await findDeliveriesDue(db, 'ARCHIVE', 10)).toEqual([{ studyId: first.id, attempts: 0 }])
    expect(await findDeliveriesDue(db, 'PACS', 1)).toEqual([{ studyId: first.id, attempts: 0 }])
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
    expect(await findDeliveriesDue(db, 'PACS', 10)).toEqual([])
    expect(await findDeliveriesDue(db, 'ARCHIVE', 10)).toEqual([{ studyId: study.id, attempts: 0 }])
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
    expect(await findDeliveriesDue(db, 'PACS', 10)).toEqual([{ studyId: study.id, attempts: 1 }])
    expect(await claimOne(db, study.id)).toMatchObject({ attempts: 2 })
  })

  test('a lease can be lengthened while the result is owed', async () => {
    const { db } = await testDatabase()
    const study = await analysedStudy(db, ['PACS'])
    const { deliveryId } = await claimOne(db, study.id, 0)
    expect(await findDeliveriesDue(db, 'PACS', 10)).toHaveLength(1)
    await extendDeliveryLease(db, [deliveryId], LEASE_MS)
    expect(await findDeliveriesDue(db, 'PACS', 10)).toEqual([])
    await recordDelivered(db, deliveryId, 0)
    await extendDeliveryLease(db, [deliveryId], 0)
    expect(await findDeliveriesDue(db, 'PACS', 10)).toEqual([])
  })
})

describe('ending a delivery', () => {
  test('sent, it keeps the status answered and is due no more', async () => {
    const { db } = await testDatabase()
    const claim = await claimOne(db, (await analysedStudy(db, ['PACS'])).id)
    expect(await recordDelivered(db, claim.deliveryId, 0xb000)).toBe(true)
    const delivery = await readDelivery(db, claim)
    expect(delivery).toMatchObject({ state: 'sent', status: 0xb000, dueAt: null, sentAt: expect.any(Date) })
    expect(await recordDelivered(db, claim.deliveryId, 0)).toBe(false)
  })

  test('deferred, it is due again after the delay and says why', async () => {
    const { db } = await testDatabase()
    const study = await analysedStudy(db, ['PACS'])
    const claim = await claimOne(db, study.id)
    const reason = { reasonCode: 'STATUS_FAILURE', status: 0xa700, comment: 'disk full' }
    expect(await deferDeliveries(db, [claim.deliveryId], 30_000, reason)).toBe(1)
    expect(await readDelivery(db, claim)).toMatchObject({ state: 'owed', ...reason })
    await letPass(db, 20_000)
    expect(await findDeliveriesDue(db, 'PACS', 10)).toEqual([])
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
    expect(await retryStudy(db, study.studyInstanceUid)).toEqual({ analysis: true, deliveries: 1 })
    expect(await readDelivery(db, claim)).toMatchObject({ state: 'owed', reasonCode: null, status: null, attempts: 0 })
    expect(await findDeliveriesDue(db, 'PACS', 10)).toEqual([{ studyId: study.id, attempts: 0 }])
  })

  test('what was sent can be neither deferred nor refused', async () => {
    const { db } = await testDatabase()
    const { deliveryId } = await claimOne(db, (await analysedStudy(db, ['PACS'])).id)
    await recordDelivered(db, deliveryId, 0)
    expect(await deferDeliveries(db, [deliveryId], 0, { reasonCode: 'PEER_SILENT' })).toBe(0)
    expect(await refuseDelivery(db, deliveryId, { reasonCode: 'STATUS_REFUSED' })).toBe(false)
    expect(await findDeliveriesDue(db, 'PACS', 10)).toEqual([])
  })
})
