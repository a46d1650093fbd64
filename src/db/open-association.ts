import type { StudyId } from '../study/identifiers.ts'
import type { Db } from './schema.ts'
import { now } from './time.ts'

/** An open association that has delivered instances of a study; `associationId` is a UUID. */
export type OpenAssociation = { readonly associationId: string; readonly studyId: StudyId }

const keyOf = ({ associationId, studyId }: OpenAssociation) => `${studyId} ${associationId}`

/** Says that these are still open. */
export async function touchAssociations(db: Db, open: readonly OpenAssociation[]): Promise<void> {
  if (open.length === 0) return
  const each = new Map(
    open.map(({ associationId, studyId }) => [keyOf({ associationId, studyId }), { associationId, studyId }]),
  )
  await db
    .insertInto('openAssociation')
    // In one order, so that two at once cannot deadlock.
    .values([...each].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, values]) => values))
    .onConflict((conflict) => conflict.columns(['studyId', 'associationId']).doUpdateSet({ seenAt: now() }))
    .execute()
}

export async function closeAssociation(db: Db, associationId: string): Promise<void> {
  await db.deleteFrom('openAssociation').where('associationId', '=', associationId).execute()
}
