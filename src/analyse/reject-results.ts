import { readFile } from 'node:fs/promises'
import { findInstances } from '../db/instance.ts'
import { findToReject, oweNotes, saveRejection, type ToReject } from '../db/rejection.ts'
import type { Db, Result } from '../db/schema.ts'
import { withdrawStale } from '../db/supersede.ts'
import type { Header } from '../dicom/header.ts'
import { asFailure, Failure } from '../failure.ts'
import { readFileHeader, withFile } from '../files/instance-file.ts'
import type { InstanceFiles } from '../files/instance-files.ts'
import { messageResult } from '../hl7/build-messages.ts'
import { buildWithdrawal } from '../hl7/build-withdrawal.ts'
import type { Events } from '../observe/events.ts'
import { buildRejectionNote } from '../report/build-rejection-note.ts'
import { localTime } from '../report/local-time.ts'
import type { NodeIdentity } from '../report/result-input.ts'
import type { ResultInstance } from '../report/result-instance.ts'
import { recalledText, SUPERSEDED_TEXT, WITHDRAWN_TEXT } from '../report/wording.ts'
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
  const words = recall ? recalledText(recall) : SUPERSEDED_TEXT
  const instances = results.filter(({ kind }) => kind !== 'ORU')
  if (instances.length > 0)
    await save(deps, { ...rejected, results: instances }, await note(deps, rejected, reason, words))
  for (const oru of results.filter(({ kind }) => kind === 'ORU'))
    await save(deps, { ...rejected, results: [oru] }, await withdrawal(deps, oru, recall ? words : WITHDRAWN_TEXT))
  deps.events.resultsRejected(studyInstanceUid, results.length, reason)
}

type Made = Omit<ResultInstance, 'wantedBy'>

async function save(deps: Deps, rejected: ToReject, made: Made): Promise<void> {
  const [saved] = await saveResults(deps, [{ ...made, wantedBy: [] }])
  if (!saved) throw new Failure('INTERNAL', 'the note was not kept')
  await saveRejection(deps.db, rejected, saved)
}

async function note(deps: Deps, rejected: ToReject, reason: RejectionReason, description: string): Promise<Made> {
  const references = rejected.results.filter(({ kind }) => kind !== 'ORU')
  const source = await sourceOf(deps, rejected)
  return buildRejectionNote({ source, reason, references, description, node: deps.node, at: new Date() })
}

async function withdrawal({ files }: Deps, { file, sopInstanceUid }: Result, words: string): Promise<Made> {
  const bytes = await readFile(files.resultPath(file))
  const at = localTime(new Date(), undefined).dateTime
  return { kind: 'REJECTION', ...messageResult(buildWithdrawal({ uid: sopInstanceUid, bytes }, words, at)) }
}

/** An image of the study; where none is kept any more, what was made of one: it is the same patient's and order's. */
async function sourceOf({ db, files }: Deps, { studyId, results }: ToReject): Promise<Header> {
  for (const { id } of await findInstances(db, studyId)) {
    const header = await files.readHeader(id).catch(() => undefined)
    if (header) return header
  }
  const made = results.find(({ kind }) => kind !== 'ORU')
  if (!made) throw new Failure('NOT_FOUND', 'nothing of the study is kept')
  return withFile(files.resultPath(made.file), readFileHeader)
}
