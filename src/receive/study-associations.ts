import { closeAssociation, touchAssociation } from '../db/open-association.ts'
import type { Db } from '../db/schema.ts'
import type { StudyId } from '../study/identifiers.ts'

/** Which open associations of this process have brought instances of which studies: those studies are not complete. */
export type StudyAssociations = {
  opened(associationId: string): void
  /** An association that has ended meanwhile holds nothing. */
  brought(associationId: string, studyId: StudyId): Promise<void>
  closed(associationId: string): Promise<void>
  /** Says again that they are open; what is not said for a while counts as closed with its process. */
  touch(): Promise<void>
}

export function openStudyAssociations(db: Db): StudyAssociations {
  const open = new Map<string, Set<StudyId>>()
  const say = async (associationId: string, studyIds: readonly StudyId[]) => {
    await touchAssociation(db, associationId, studyIds)
    // It may have ended while the row was written.
    if (!open.has(associationId)) await closeAssociation(db, associationId)
  }
  return {
    opened: (associationId) => void open.set(associationId, new Set()),
    async brought(associationId, studyId) {
      const studies = open.get(associationId)
      if (!studies || studies.has(studyId)) return
      await say(associationId, [studyId])
      studies.add(studyId)
    },
    async closed(associationId) {
      const studies = open.get(associationId)
      open.delete(associationId)
      if (studies && studies.size > 0) await closeAssociation(db, associationId)
    },
    async touch() {
      for (const [associationId, studies] of [...open]) if (studies.size > 0) await say(associationId, [...studies])
    },
  }
}
