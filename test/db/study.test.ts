import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { recordInstance } from '../../src/db/instance.ts'
import { closeAssociation, touchAssociations } from '../../src/db/open-association.ts'
import type { Db } from '../../src/db/schema.ts'
import {
  claimStudy,
  closeQuietStudies,
  declineStudy,
  deferStudy,
  extendStudyLease,
  failStudy,
  findStudiesDue,
} from '../../src/db/study.ts'
import type { StudyId } from '../../src/study/identifiers.ts'
import { testDatabase } from '../support/database.ts'
import { AT_ONCE, claimedStudy, letPass, newInstance } from '../support/rows.ts'

const readStudy = (db: Db, id: StudyId) =>
  db.selectFrom('study').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

describe('completing studies', () => {
  test('a study without a new instance for the quiet time is complete, and its analysis due', async () => {
    const { db } = await testDatabase()
    const instance = newInstance()
    const { studyId } = await recordInstance(db, instance)
    const { studyInstanceUid } = instance
    const closed = await closeQuietStudies(db, AT_ONCE)
    expect(closed).toEqual([{ id: studyId, studyInstanceUid, revision: 1, attempts: 0 }])
    expect(await findStudiesDue(db, 10)).toEqual(closed)
    expect(await closeQuietStudies(db, AT_ONCE)).toEqual([])
  })

  test('a study with a new instance within the quiet time is not', async () => {
    const { db } = await testDatabase()
    await recordInstance(db, newInstance())
    await letPass(db, 50_000)
    expect(await closeQuietStudies(db, { ...AT_ONCE, quietMs: 60_000 })).toEqual([])
    await letPass(db, 10_000)
    expect(await closeQuietStudies(db, { ...AT_ONCE, quietMs: 60_000 })).toHaveLength(1)
  })

  test('a study is not complete while an association that brought an instance is open', async () => {
    const { db } = await testDatabase()
    const [first, second] = [randomUUID(), randomUUID()]
    const { studyId } = await recordInstance(db, newInstance())
    for (const associationId of [first, first, second])
      await touchAssociations(db, [
        { associationId, studyId },
        { associationId, studyId },
      ])
    expect(await closeQuietStudies(db, AT_ONCE)).toEqual([])
    await closeAssociation(db, first)
    expect(await closeQuietStudies(db, AT_ONCE)).toEqual([])
    await closeAssociation(db, second)
    expect(await closeQuietStudies(db, AT_ONCE)).toHaveLength(1)
  })

  test('an association that died with its receiver holds a study up no longer, and is forgotten', async () => {
    const { db } = await testDatabase()
    const { studyId } = await recordInstance(db, newInstance())
    await touchAssociations(db, [{ associationId: randomUUID(), studyId }])
    await letPass(db, AT_ONCE.associationStaleMs + 1)
    expect(await closeQuietStudies(db, AT_ONCE)).toHaveLength(1)
    expect(await db.selectFrom('openAssociation').selectAll().execute()).toEqual([])
  })

  test('touching an association keeps it alive', async () => {
    const { db } = await testDatabase()
    const association = randomUUID()
    const { studyId } = await recordInstance(db, newInstance())
    await touchAssociations(db, [{ associationId: association, studyId }])
    await letPass(db, AT_ONCE.associationStaleMs + 1)
    await touchAssociations(db, [{ associationId: association, studyId }])
    expect(await closeQuietStudies(db, AT_ONCE)).toEqual([])
  })

  test('after the maximum time a study is complete, associations or not', async () => {
    const { db } = await testDatabase()
    const { studyId } = await recordInstance(db, newInstance())
    await letPass(db, 50_000)
    await touchAssociations(db, [{ associationId: randomUUID(), studyId }])
    expect(await closeQuietStudies(db, { ...AT_ONCE, maximumMs: 60_000 })).toEqual([])
    await letPass(db, 10_000)
    expect(await closeQuietStudies(db, { ...AT_ONCE, maximumMs: 60_000 })).toHaveLength(1)
  })

  test('of two that close at once one completes the study', async () => {
    const { db } = await testDatabase()
    await recordInstance(db, newInstance())
    const closed = await Promise.all([1, 2, 3].map(() => closeQuietStudies(db, AT_ONCE)))
    expect(closed.flat()).toHaveLength(1)
  })
})

describe('taking up the analysis of a study', () => {
  test('of many claims at once one wins', async () => {
    const { db } = await testDatabase()
    const { studyId } = await recordInstance(db, newInstance())
    await closeQuietStudies(db, AT_ONCE)
    const claims = await Promise.all([1, 2, 3, 4].map(() => claimStudy(db, studyId, 60_000)))
    expect(claims.filter((claim) => claim !== undefined)).toEqual([
      expect.objectContaining({ id: studyId, attempts: 1 }),
    ])
    expect(await findStudiesDue(db, 10)).toEqual([])
  })

  test('a study still receiving cannot be claimed', async () => {
    const { db } = await testDatabase()
    const { studyId } = await recordInstance(db, newInstance())
    expect(await claimStudy(db, studyId, 60_000)).toBeUndefined()
  })

  test('the work of a killed process is due again when its lease ends, as the next attempt', async () => {
    const { db } = await testDatabase()
    const { studyId } = await recordInstance(db, newInstance())
    await closeQuietStudies(db, AT_ONCE)
    await claimStudy(db, studyId, 60_000)
    await letPass(db, 50_000)
    expect(await claimStudy(db, studyId, 60_000)).toBeUndefined()
    await letPass(db, 10_000)
    expect(await findStudiesDue(db, 10)).toEqual([expect.objectContaining({ id: studyId, attempts: 1 })])
    expect(await claimStudy(db, studyId, 60_000)).toMatchObject({ attempts: 2 })
  })

  test('a lease can be lengthened by who holds it, not by who lost it', async () => {
    const { db } = await testDatabase()
    const { studyId } = await recordInstance(db, newInstance())
    await closeQuietStudies(db, AT_ONCE)
    const lost = (await claimStudy(db, studyId, 0)) ?? fail()
    const held = (await claimStudy(db, studyId, 0)) ?? fail()
    expect(await extendStudyLease(db, lost, 60_000)).toBe(false)
    expect(await findStudiesDue(db, 10)).toHaveLength(1)
    expect(await extendStudyLease(db, held, 60_000)).toBe(true)
    expect(await findStudiesDue(db, 10)).toEqual([])
  })

  test('the longest due come first, up to the limit', async () => {
    const { db } = await testDatabase()
    const ids: StudyId[] = []
    for (let count = 0; count < 3; count++) {
      ids.push((await recordInstance(db, newInstance())).studyId)
      await closeQuietStudies(db, AT_ONCE)
    }
    expect((await findStudiesDue(db, 2)).map(({ id }) => id)).toEqual(ids.slice(0, 2))
  })
})

describe('ending the analysis of a study', () => {
  test('deferred, it is due again after the delay and says why', async () => {
    const { db } = await testDatabase()
    const claim = await claimedStudy(db)
    expect(
      await deferStudy(db, claim, { delayMs: 30_000, counts: true, reasonCode: 'CHILD_DIED', reason: 'killed' }),
    ).toBe(true)
    await letPass(db, 20_000)
    expect(await findStudiesDue(db, 10)).toEqual([])
    await letPass(db, 10_000)
    expect(await findStudiesDue(db, 10)).toHaveLength(1)
    expect(await readStudy(db, claim.id)).toMatchObject({
      state: 'complete',
      reasonCode: 'CHILD_DIED',
      reason: 'killed',
    })
  })

  test('who lost the claim cannot defer', async () => {
    const { db } = await testDatabase()
    const claim = await claimedStudy(db)
    await deferStudy(db, claim, { delayMs: 0, counts: true, reasonCode: 'CHILD_DIED', reason: 'killed' })
    await claimStudy(db, claim.id, 60_000)
    expect(await deferStudy(db, claim, { delayMs: 0, counts: true, reasonCode: 'CHILD_DIED', reason: 'late' })).toBe(
      false,
    )
    expect(await findStudiesDue(db, 10)).toEqual([])
  })

  test.each([
    ['declined', declineStudy],
    ['failed', failStudy],
  ])('%s, it says why and is due no more', async (state, end) => {
    const { db } = await testDatabase()
    const claim = await claimedStudy(db)
    expect(await end(db, claim, 'CODE', 'because')).toBe(true)
    const study = await readStudy(db, claim.id)
    expect(study).toMatchObject({ state, reasonCode: 'CODE', reason: 'because', dueAt: null })
    expect(study.finishedAt).toBeInstanceOf(Date)
    expect(await end(db, claim, 'CODE', 'again')).toBe(false)
  })

  test('an outcome for a revision that was opened again meanwhile is not taken', async () => {
    const { db } = await testDatabase()
    const claim = await claimedStudy(db)
    await recordInstance(db, newInstance({ studyInstanceUid: claim.studyInstanceUid }))
    await closeQuietStudies(db, AT_ONCE)
    expect(await failStudy(db, claim, 'CODE', 'old')).toBe(false)
    expect(await deferStudy(db, claim, { delayMs: 60_000, counts: true, reasonCode: 'CODE', reason: 'old' })).toBe(
      false,
    )
    expect(await findStudiesDue(db, 10)).toEqual([expect.objectContaining({ id: claim.id, revision: 2, attempts: 0 })])
  })
})

function fail(): never {
  throw new Error('not claimed')
}
