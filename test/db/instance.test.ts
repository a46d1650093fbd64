import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { findInstances, recordInstance, recordInstances } from '../../src/db/instance.ts'
import type { Db } from '../../src/db/schema.ts'
import { closeQuietStudies, declineStudy, failStudy, findStudiesDue } from '../../src/db/study.ts'
import type { StudyId } from '../../src/study/identifiers.ts'
import { testDatabase } from '../support/database.ts'
import { AT_ONCE, claimedStudy, newInstance, newUid, sha256 } from '../support/rows.ts'

const readStudy = (db: Db, id: StudyId) =>
  db.selectFrom('study').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

describe('recording an instance', () => {
  test('the first instance opens its study, receiving', async () => {
    const { db } = await testDatabase()
    const instance = newInstance()
    const { outcome, studyId, revision, id } = await recordInstance(db, instance)
    expect({ outcome, revision, id }).toEqual({ outcome: 'stored', revision: 1, id: instance.id })
    const { studyInstanceUid, state, dueAt, completedAt } = await readStudy(db, studyId)
    const { studyInstanceUid: expected } = instance
    expect({ studyInstanceUid, state, dueAt, completedAt }).toEqual({
      studyInstanceUid: expected,
      state: 'receiving',
      dueAt: null,
      completedAt: null,
    })
    const { studyInstanceUid: _, ...columns } = instance
    expect(await findInstances(db, studyId)).toEqual([
      { ...columns, bytes: '8000000000', studyId, revision: 1, removedAt: null },
    ])
  })

  test('a second instance keeps the study open for longer', async () => {
    const { db } = await testDatabase()
    const studyInstanceUid = newUid()
    const first = await recordInstance(db, newInstance({ studyInstanceUid }))
    const before = await readStudy(db, first.studyId)
    const second = await recordInstance(db, newInstance({ studyInstanceUid }))
    const after = await readStudy(db, first.studyId)
    expect(second).toMatchObject({ outcome: 'stored', studyId: first.studyId, revision: 1 })
    expect(after.lastInstanceAt > before.lastInstanceAt).toBe(true)
    expect(after.openedAt).toEqual(before.openedAt)
  })

  test('the same SOP Instance with the same bytes is a duplicate and leaves the study as it was', async () => {
    const { db } = await testDatabase()
    const instance = newInstance()
    const stored = await recordInstance(db, instance)
    await closeQuietStudies(db, AT_ONCE)
    const before = await readStudy(db, stored.studyId)
    const again = await recordInstance(db, { ...instance, id: randomUUID() })
    expect(again).toEqual({ ...stored, outcome: 'duplicate' })
    expect(await readStudy(db, stored.studyId)).toEqual(before)
  })

  test('the same id again, after a crash, is known as recorded', async () => {
    const { db } = await testDatabase()
    const instance = newInstance()
    const stored = await recordInstance(db, instance)
    expect(await recordInstance(db, instance)).toEqual({ ...stored, outcome: 'recorded' })
  })

  test('the same SOP Instance UID with other bytes is a conflict, also in another study, which it does not open', async () => {
    const { db } = await testDatabase()
    const instance = newInstance()
    const stored = await recordInstance(db, instance)
    const other = { ...instance, id: randomUUID(), sha256: sha256('other') }
    expect(await recordInstance(db, other)).toEqual({ ...stored, outcome: 'conflict' })
    const elsewhere = { ...other, studyInstanceUid: newUid() }
    expect(await recordInstance(db, elsewhere)).toEqual({ ...stored, outcome: 'conflict' })
    expect(await db.selectFrom('study').select('id').execute()).toHaveLength(1)
  })

  test('an id used for another SOP Instance is a conflict', async () => {
    const { db } = await testDatabase()
    const instance = newInstance()
    await recordInstance(db, instance)
    const { outcome } = await recordInstance(db, newInstance({ id: instance.id }))
    expect(outcome).toBe('conflict')
  })

  test.each([
    ['complete', async () => {}],
    ['declined', (db: Db, study: { id: StudyId; revision: number }) => declineStudy(db, study, 'NO_IMAGE', 'none')],
    ['failed', (db: Db, study: { id: StudyId; revision: number }) => failStudy(db, study, 'PIXELS_UNREADABLE', 'bad')],
  ])('an instance for a study that is %s opens its next revision', async (state, advance) => {
    const { db } = await testDatabase()
    const claim = await claimedStudy(db)
    await advance(db, claim)
    const before = await readStudy(db, claim.id)
    expect(before.state).toBe(state)
    const { studyInstanceUid } = claim
    const { outcome, revision } = await recordInstance(db, newInstance({ studyInstanceUid }))
    expect({ outcome, revision }).toEqual({ outcome: 'stored', revision: 2 })
    const { openedAt, ...after } = await readStudy(db, claim.id)
    expect(openedAt > before.openedAt).toBe(true)
    expect(after).toMatchObject({ state: 'receiving', revision: 2, attempts: 0, reasonCode: null, reason: null })
    expect(after).toMatchObject({ completedAt: null, finishedAt: null, dueAt: null })
    expect((await findInstances(db, claim.id)).map((instance) => instance.revision).sort()).toEqual([1, 2])
    expect(await findStudiesDue(db, 10)).toEqual([])
  })

  test('many receivers with instances of one new study at once make one study', async () => {
    const { db } = await testDatabase()
    const studyInstanceUid = newUid()
    const instances = Array.from({ length: 12 }, () => newInstance({ studyInstanceUid }))
    const recorded = await Promise.all(instances.map((instance) => recordInstance(db, instance)))
    expect(new Set(recorded.map(({ outcome, studyId, revision }) => `${outcome} ${studyId} ${revision}`)).size).toBe(1)
    expect(await findInstances(db, recorded[0]?.studyId ?? fail())).toHaveLength(12)
  })

  test('many at once are recorded in one transaction, each with its own outcome, whatever else is among them', async () => {
    const { db } = await testDatabase()
    const [held, first, second] = [newInstance(), newInstance(), newInstance()]
    await recordInstance(db, held)
    const given = [
      { ...held, id: randomUUID() },
      first,
      { ...first, id: randomUUID() },
      { ...first, id: randomUUID(), sha256: sha256('other') },
      held,
      second,
    ]
    const recorded = await recordInstances(db, given)
    expect(recorded.map(({ outcome }) => outcome)).toEqual([
      ...['duplicate', 'stored', 'duplicate', 'conflict', 'recorded', 'stored'],
    ])
    expect(recorded.map(({ id }) => id)).toEqual([held.id, first.id, first.id, first.id, held.id, second.id])
    expect(await db.selectFrom('instance').select('id').execute()).toHaveLength(3)
  })

  test('two receivers with the same instances in another order do not wait for one another for ever', async () => {
    const { db } = await testDatabase()
    const instances = Array.from({ length: 20 }, () => newInstance())
    const others = instances.toReversed().map((each) => ({ ...each, id: randomUUID() }))
    const [ours, theirs] = await Promise.all([recordInstances(db, instances), recordInstances(db, others)])
    const outcomes = [...ours, ...theirs].map(({ outcome }) => outcome)
    expect(outcomes.filter((each) => each === 'stored')).toHaveLength(20)
    expect(outcomes.filter((each) => each === 'duplicate')).toHaveLength(20)
  })

  test('of two receivers with the same SOP Instance at once one stores it', async () => {
    const { db } = await testDatabase()
    const instance = newInstance()
    const twice = [instance, { ...instance, id: randomUUID() }]
    const recorded = await Promise.all(twice.map((one) => recordInstance(db, one)))
    expect(recorded.map(({ outcome }) => outcome).sort()).toEqual(['duplicate', 'stored'])
  })
})

function fail(): never {
  throw new Error('nothing recorded')
}
