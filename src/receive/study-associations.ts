import { closeAssociation, touchAssociation } from '../db/open-association.ts'
import type { Db } from '../db/schema.ts'
import type { StudyId } from '../study/identifiers.ts'

/** Which open associations of this process have brought instances of which studies: those studies are not complete. */
export type StudyAssociations = {
  brought(associationId: string, studyId: StudyId): Promise<void>
  closed(associationId: string): Promise<void>
  /** Says again that they are open; what is not said for a while counts as closed with its process. */
  touch(): Promise<void>
}

export function openStudyAssociations(db: Db): StudyAssociations {
  const open = new Map<string, Set<StudyId>>()
  return {
    async brought(associationId, studyId) {
      const studies = open.get(associationId) ?? new Set()
      open.set(associationId, studies)
      if (studies.has(studyId)) return
      await touchAssociation(db, associationId, [studyId])
      studies.add(studyId)
    },
    async closed(associationId) {
      if (open.delete(associationId)) await closeAssociation(db, associationId)
    },
    async touch() {
      for (const [associationId, studies] of open) await touchAssociation(db, associationId, [...studies])
    },
  }
}
