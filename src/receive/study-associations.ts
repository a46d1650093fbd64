import { closeAssociation, type OpenAssociation, touchAssociations } from '../db/open-association.ts'
import type { Db } from '../db/schema.ts'
import type { StudyId } from '../study/identifiers.ts'

/** Which open associations of this process have brought instances of which studies: those studies are not complete. */
export type StudyAssociations = {
  opened(associationId: string): void
  /** An association that has ended meanwhile holds nothing. */
  brought(brought: readonly OpenAssociation[]): Promise<void>
  closed(associationId: string): Promise<void>
  /** Says again that they are open; what is not said for a while counts as closed with its process. */
  touch(): Promise<void>
}

export function openStudyAssociations(db: Db): StudyAssociations {
  const open = new Map<string, Set<StudyId>>()
  const say = async (said: readonly OpenAssociation[]) => {
    await touchAssociations(db, said)
    // One may have ended while the rows were written.
    const ended = new Set(said.map(({ associationId }) => associationId).filter((each) => !open.has(each)))
    for (const associationId of ended) await closeAssociation(db, associationId)
  }
  return {
    opened: (associationId) => void open.set(associationId, new Set()),
    async brought(brought) {
      const isNew = ({ associationId, studyId }: OpenAssociation) => open.get(associationId)?.has(studyId) === false
      const news = brought.filter(isNew)
      await say(news)
      for (const { associationId, studyId } of news) open.get(associationId)?.add(studyId)
    },
    async closed(associationId) {
      const studies = open.get(associationId)
      open.delete(associationId)
      if (studies && studies.size > 0) await closeAssociation(db, associationId)
    },
    async touch() {
      await say(
        [...open].flatMap(([associationId, studies]) => [...studies].map((studyId) => ({ associationId, studyId }))),
      )
    },
  }
}
