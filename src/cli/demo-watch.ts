import type { Db } from '../db/schema.ts'
import { listStudies, type StudyView, showStudy } from '../db/study-view.ts'
import { Failure } from '../failure.ts'

const LONGEST_MS = 150_000
const EVERY_MS = 250

const isSettled = ({ study, deliveries }: StudyView) =>
  ['analysed', 'declined', 'failed'].includes(study.state) &&
  deliveries.every(({ state }) => state !== 'owed' && state !== 'sent')

function progress({ study, deliveries }: StudyView): string {
  const sent = deliveries.filter(({ state }) => state === 'sent' || state === 'confirmed').length
  const confirmed = deliveries.filter(({ state }) => state === 'confirmed').length
  const reason = study.reasonCode ? ` (${study.reasonCode})` : ''
  const delivered =
    deliveries.length > 0 ? `, ${sent} of ${deliveries.length} results delivered, ${confirmed} confirmed` : ''
  return `study ${study.studyInstanceUid}: ${study.state}${reason}${delivered}`
}

async function views(db: Db): Promise<StudyView[]> {
  const studies = await listStudies(db, { limit: 1000 })
  const found = await Promise.all(studies.map(({ studyInstanceUid }) => showStudy(db, studyInstanceUid)))
  return found.filter((view) => view !== undefined)
}

/** Waits until every study is settled and its results are where they go, and says what happens meanwhile. */
export async function watchStudies(db: Db, say: (words: string) => void): Promise<StudyView[]> {
  const told = new Set<string>()
  const deadline = Date.now() + LONGEST_MS
  while (Date.now() < deadline) {
    const now = await views(db)
    for (const words of now.map(progress).filter((each) => !told.has(each))) {
      told.add(words)
      say(words)
    }
    if (now.every(isSettled)) return now
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }
  throw new Failure('PEER_SILENT', `the studies were not done within ${LONGEST_MS / 1000} s`)
}
