import { findInstances } from '../db/instance.ts'
import { findToReject, oweNotes, saveRejection, type ToReject } from '../db/rejection.ts'
import type { Db } from '../db/schema.ts'
import { withdrawStale } from '../db/supersede.ts'
import type { Header } from '../dicom/header.ts'
import { asFailure, Failure } from '../failure.ts'
import { readFileHeader, withFile } from '../files/instance-file.ts'
import type { InstanceFiles } from '../files/instance-files.ts'
import type { Events } from '../observe/events.ts'
import { buildRejectionNote } from '../report/build-rejection-note.ts'
import type { NodeIdentity } from '../report/result-input.ts'
import { recalledText, SUPERSEDED_TEXT } from '../report/wording.ts'
import type { RejectionReason } from '../study/rejection.ts'
import { saveResults } from './save-results.ts'

export type Deps = {
  db: Db
  files: InstanceFiles
  events: Events
  node: NodeIdentity
  /** What becomes of superseded results that destinations hold. */
  superseded: 'keep' | 'reject'
  supersededReason: RejectionReason
}

const AT_ONCE = 200

/** Makes the rejection notes that are owed: what is superseded or recalled, and held by a destination, is to be hidden there. */
export async function rejectResults(deps: Deps): Promise<void> {
  await withdrawStale(deps.db)
  const superseded = deps.superseded === 'reject'
  for (const rejected of await findToReject(deps.db, { superseded }, AT_ONCE)) {
    try {
      await reject(deps, rejected)
    } catch (error) {
      deps.events.rejectionFailed(rejected.studyInstanceUid, asFailure(error, 'INTERNAL'))
    }
  }
  await oweNotes(deps.db)
}

async function reject(deps: Deps, rejected: ToReject): Promise<void> {
  const { recall, results, studyInstanceUid } = rejected
  const reason = recall?.title ?? deps.supersededReason
  const note = buildRejectionNote({
    source: await sourceOf(deps, rejected),
    reason,
    references: results,
    description: recall ? recalledText(recall) : SUPERSEDED_TEXT,
    node: deps.node,
    at: new Date(),
  })
  const [saved] = await saveResults(deps, [{ ...note, wantedBy: [] }])
  if (!saved) throw new Failure('INTERNAL', 'the note was not kept')
  await saveRejection(deps.db, rejected, saved)
  deps.events.resultsRejected(studyInstanceUid, results.length, reason)
}

/** An image of the study; where none is kept any more, a picture that was made of one. */
async function sourceOf({ db, files }: Deps, { studyId, results }: ToReject): Promise<Header> {
  for (const { id } of await findInstances(db, studyId)) {
    const header = await files.readHeader(id).catch(() => undefined)
    if (header?.number('Rows')) return header
  }
  const picture = results.find(({ kind }) => kind === 'SC')
  if (!picture) throw new Failure('NOT_FOUND', 'no image of the study is kept, and no picture made of one')
  return withFile(files.resultPath(picture.file), readFileHeader)
}
