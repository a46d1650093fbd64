import { describe, expect, test } from 'vitest'
import { claimDeliveries, recordSent, refuseDelivery } from '../../src/db/delivery.ts'
import { recordInstance } from '../../src/db/instance.ts'
import { countOwed } from '../../src/db/owed.ts'
import { claimStudy, closeQuietStudies } from '../../src/db/study.ts'
import { listStudies, showStudy } from '../../src/db/study-view.ts'
import { testDatabase } from '../support/database.ts'
import { AT_ONCE, analysedStudy, newInstance, newResult, newUid, takingOf } from '../support/rows.ts'

describe('listing studies', () => {
  test('the newest come first, with their counts, up to the limit', async () => {
    const { db } = await testDatabase()
    const analysed = await analysedStudy(db, ['PACS', 'ARCHIVE'])
    const studyInstanceUid = newUid()
    for (let count = 0; count < 2; count++) await recordInstance(db, newInstance({ studyInstanceUid }))
    const [archive] = await claimDeliveries(db, analysed.id, 'ARCHIVE', 60_000)
    await refuseDelivery(db, archive?.deliveryId ?? '', { reasonCode: 'STATUS_REFUSED' })
    expect(await listStudies(db, { limit: 10 })).toEqual([
      expect.objectContaining({ studyInstanceUid, instances: 2, deliveriesOwed: 0, deliveriesRefused: 0 }),
      expect.objectContaining({ id: analysed.id, instances: 1, deliveriesOwed: 1, deliveriesRefused: 1 }),
    ])
    expect(await listStudies(db, { limit: 1 })).toHaveLength(1)
  })

  test('those of one state can be asked for', async () => {
    const { db } = await testDatabase()
    await recordInstance(db, newInstance())
    const { id } = await analysedStudy(db, [])
    expect(await listStudies(db, { state: 'receiving', limit: 10 })).toEqual([])
    expect(await listStudies(db, { state: 'analysed', limit: 10 })).toEqual([expect.objectContaining({ id })])
  })
})

test('a study that is not there cannot be shown', async () => {
  const { db } = await testDatabase()
  expect(await showStudy(db, newUid())).toBeUndefined()
})

describe('counting what is owed', () => {
  test('an empty database owes nothing', async () => {
    const { db } = await testDatabase()
    expect(await countOwed(db)).toEqual({
      studies: [],
      studiesDue: 0,
      oldestStudySeconds: 0,
      deliveries: [],
      deliveriesDue: 0,
      oldestDeliverySeconds: 0,
    })
  })

  test('studies are counted by state, deliveries by destination and state, ages in seconds', async () => {
    const { db } = await testDatabase()
    const analysed = await analysedStudy(db, ['PACS', 'ARCHIVE'], [newResult(), newResult()])
    const [first] = await claimDeliveries(db, analysed.id, 'PACS', 60_000)
    await recordSent(db, first?.deliveryId ?? '', takingOf(first))
    const { studyId } = await recordInstance(db, newInstance())
    await closeQuietStudies(db, AT_ONCE)
    await recordInstance(db, newInstance())
    const owed = await countOwed(db)
    expect(owed).toMatchObject({
      studies: [
        { state: 'analysed', count: 1 },
        { state: 'complete', count: 1 },
        { state: 'receiving', count: 1 },
      ],
      studiesDue: 1,
      deliveries: [
        { destination: 'ARCHIVE', state: 'owed', count: 2 },
        { destination: 'PACS', state: 'owed', count: 1 },
        { destination: 'PACS', state: 'sent', count: 1 },
      ],
      deliveriesDue: 2,
    })
    expect(owed.oldestStudySeconds).toBeGreaterThan(0)
    expect(owed.oldestDeliverySeconds).toBeGreaterThan(owed.oldestStudySeconds)
    await claimStudy(db, studyId, 60_000)
    expect((await countOwed(db)).studiesDue).toBe(0)
    expect((await countOwed(db)).oldestStudySeconds).toBeGreaterThan(0)
  })
})
