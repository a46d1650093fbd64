import { expect, test, vi } from 'vitest'
import { rejectResults } from '../../src/analyse/reject-results.ts'
import { recallResults } from '../../src/db/recall.ts'
import { findToReject } from '../../src/db/rejection.ts'
import { findStudiesForgotten } from '../../src/db/retention.ts'
import type { Header } from '../../src/dicom/header.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { readFileHeader, withFile } from '../../src/files/instance-file.ts'
import { openInstanceFiles } from '../../src/files/instance-files.ts'
import { COMPLETE_SOURCE, resultInput, sourceOf } from '../report/synthetic-result.ts'
import { handSender } from '../support/hand-sender.ts'
import { oweResults } from '../support/owed-results.ts'
import { freePort } from '../support/ports.ts'
import { type Behaviour, scriptedPacs } from '../support/scripted-pacs.ts'

vi.setConfig({ testTimeout: 60_000 })

const SC = SopClass.SecondaryCaptureImageStorage
const SR = [SopClass.Comprehensive3dSrStorage, SopClass.ComprehensiveSrStorage]
/** Longer than a lease. */
const LEASE_MS = 60_000

type Sender = Awaited<ReturnType<typeof handSender>>

/** A person recalls what the model made; a worker makes the notes. The results that are rejected. */
async function recall({ db, directory, log, letPass }: Sender, leaseMs = LEASE_MS): Promise<string[]> {
  const model = { modelId: 'demo', modelVersion: '1.0.0', from: new Date(0), until: new Date(Date.now() + 60_000) }
  await recallResults(db, { ...model, title: 'patient-safety', reanalyse: false })
  await letPass(leaseMs)
  const files = await openInstanceFiles({ directory, minimumFreeBytes: 0, maximumInstanceBytes: 1e9 })
  const { node } = resultInput(sourceOf(COMPLETE_SOURCE))
  const deps = { db, files, events: log.events, node, superseded: 'reject', supersededReason: 'quality' } as const
  await rejectResults(deps)
  const rejected: string[] = []
  for (const { file } of await db.selectFrom('result').selectAll().where('kind', '=', 'REJECTION').execute()) {
    const header = await withFile(files.resultPath(file), readFileHeader)
    rejected.push(...referencesOf(header))
  }
  return rejected.sort()
}

const referencesOf = (header: Header): string[] =>
  header
    .items('CurrentRequestedProcedureEvidenceSequence')
    .flatMap((study) => study.items('ReferencedSeriesSequence'))
    .flatMap((series) => series.items('ReferencedSOPSequence'))
    .map((reference) => reference.string('ReferencedSOPInstanceUID') ?? '')

const states = async ({ deliveries }: Sender) => (await deliveries()).map(({ state }) => state)

async function offering(behaviour: Partial<Behaviour>, classes: Parameters<typeof oweResults>[2] = [SC]) {
  const pacs = await scriptedPacs(behaviour)
  const sender = await handSender(pacs.port, { timeoutMs: 300 })
  const { sopInstanceUids } = await oweResults(sender, ['pacs'], classes)
  return { pacs, sender, sopInstanceUids }
}

test.each(['silence', 'abort', 'close'] as const)(
  'a PACS whose answer to a C-STORE is %s may hold it: recalled, it is withdrawn, and the PACS gets the note that rejects it',
  async (answer) => {
    const { pacs, sender, sopInstanceUids } = await offering({ onStore: () => answer })
    await sender.round()
    expect(await states(sender)).toEqual(['owed'])
    expect(await recall(sender)).toEqual(sopInstanceUids)
    expect(await states(sender)).toEqual(['withdrawn', 'owed'])
    pacs.does.onStore = () => 0
    await sender.round()
    expect(await states(sender)).toEqual(['withdrawn', 'confirmed'])
    expect(pacs.classes.at(-1)).toBe(SopClass.KeyObjectSelectionDocumentStorage)
  },
)

test('a PACS that answered a failure was offered it all the same', async () => {
  const { sender, sopInstanceUids } = await offering({ onStore: () => 0xa700 })
  await sender.round()
  expect(await recall(sender)).toEqual(sopInstanceUids)
})

test('a PACS that says that it lost what it took may still show it', async () => {
  const { pacs, sender, sopInstanceUids } = await offering({ loses: () => true })
  await sender.round()
  expect(pacs.kept.size).toBe(1)
  expect(await states(sender)).toEqual(['owed'])
  expect(await recall(sender)).toEqual(sopInstanceUids)
})

test('of a report that was offered in one of several SOP classes each may be held', async () => {
  const { sender, sopInstanceUids } = await offering({ onStore: () => 'silence' }, [SR])
  await sender.round()
  const all = await sender.db.selectFrom('result').select('sopInstanceUid').execute()
  expect(all).toHaveLength(2)
  expect(sopInstanceUids).toHaveLength(1)
  expect(await recall(sender)).toEqual(all.map(({ sopInstanceUid }) => String(sopInstanceUid)).sort())
})

test('one that is taken after a silence is rejected once; taken at once, without what was never sent in its stead', async () => {
  const { pacs, sender, sopInstanceUids } = await offering({}, [SR])
  await sender.round()
  expect(pacs.kept.size).toBe(1)
  expect(await recall(sender)).toEqual(sopInstanceUids)
})

test('a destination that could not be reached, or takes no association, was offered nothing: no note', async () => {
  const sender = await handSender(await freePort(), { timeoutMs: 300 })
  await oweResults(sender, ['pacs'], [SC])
  await sender.round()
  expect(await recall(sender)).toEqual([])
  expect(await states(sender)).toEqual(['withdrawn'])
})

test('of what an association was lost over, what had not been sent yet is not in doubt', async () => {
  const { sender, sopInstanceUids } = await offering({ onStore: () => 'abort' }, Array(5).fill(SC))
  await sender.round()
  // Three associations are lost, and the rest is not tried.
  expect(await recall(sender)).toEqual(sopInstanceUids.slice(0, 3).sort())
})

test('a destination that was only asked whose the study is was offered nothing', async () => {
  const pacs = await scriptedPacs({ identity: { PatientID: 'P-2' } })
  const sender = await handSender(pacs.port, { checksIdentity: true })
  await oweResults(sender, ['pacs'], [SC], { PatientID: 'P-1' })
  await sender.round()
  expect(await states(sender)).toEqual(['held'])
  expect(await recall(sender)).toEqual([])
})

test('a silence is not forgotten when the destination then refuses the SOP class, nor by retention before the note was made', async () => {
  const { pacs, sender, sopInstanceUids } = await offering({ onStore: () => 'silence' })
  await sender.round()
  await sender.letPass(LEASE_MS)
  pacs.does.refuses = [SC]
  await sender.round()
  expect((await sender.deliveries()).map(({ reasonCode }) => reasonCode)).toEqual(['SOP_CLASS_REFUSED'])
  const model = { modelId: 'demo', modelVersion: '1.0.0', from: new Date(0), until: new Date(Date.now() + 60_000) }
  await sender.db.updateTable('instance').set({ removedAt: new Date() }).execute()
  await recallResults(sender.db, { ...model, title: 'patient-safety', reanalyse: false })
  expect(await findStudiesForgotten(sender.db, 0, 10)).toEqual([])
  const [toReject] = await findToReject(sender.db, { superseded: false }, 10)
  expect(toReject?.results.map(({ sopInstanceUid }) => sopInstanceUid)).toEqual(sopInstanceUids)
})

test('while it is being offered nobody knows: the note waits for the answer, or for the end of the lease', async () => {
  const { pacs, sender, sopInstanceUids } = await offering({})
  const during: Promise<string[]>[] = []
  pacs.does.onStore = () => {
    during.push(recall(sender, 0))
    return 'silence'
  }
  await sender.round()
  expect(await during[0]).toEqual([])
  expect(await recall(sender)).toEqual(sopInstanceUids)
})
