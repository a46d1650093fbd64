import type { StudyId } from '../study/identifiers.ts'
import type { Db } from './schema.ts'
import { now } from './time.ts'

/** Says that an association is still open and has delivered instances of these studies. `associationId` is a UUID. */
export async function touchAssociation(db: Db, associationId: string, studyIds: readonly StudyId[]): Promise<void> {
  if (studyIds.length === 0) return
  await db
    .insertInto('openAssociation')
    // In one order, so that two at once cannot deadlock.
    .values([...new Set(studyIds)].sort().map((studyId) => ({ associationId, studyId })))
    .onConflict((conflict) => conflict.columns(['studyId', 'associationId']).doUpdateSet({ seenAt: now() }))
    .execute()
}

export async function closeAssociation(db: Db, associationId: string): Promise<void> {
  await db.deleteFrom('openAssociation').where('associationId', '=', associationId).execute()
}
