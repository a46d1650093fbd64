import { type NewInstance, recordInstance } from '../db/instance.ts'
import type { Db } from '../db/schema.ts'
import { asFailure, Failure } from '../failure.ts'
import type { InstanceFiles, StoredInstance } from '../files/instance-files.ts'
import type { Events } from '../observe/events.ts'
import { parseAeTitle, parseUid } from '../study/identifiers.ts'
import type { StudyAssociations } from './study-associations.ts'

export type Deps = { db: Db; files: InstanceFiles; events: Events; associations: StudyAssociations }

/** What a sink of `files` ends with: durable, under `arrived`. */
type Arrival = { finish(): Promise<StoredInstance> }

/**
 * Resolves only when the instance would survive a power cut. Its row may come later, from the file, when the database
 * does not answer now.
 * @throws Failure why the instance is not taken; what was sent is then in quarantine, or gone when there was no room
 */
export async function storeInstance(deps: Deps, associationId: string, arrival: Arrival): Promise<void> {
  const startedAt = performance.now()
  const instance = await arrival.finish()
  const told = toldOf(associationId, instance)
  const recorded = recordArrived(deps, instance, associationId)
  try {
    const outcome = await withinMs(ROW_MS, recorded)
    if (outcome === 'duplicate') deps.events.instanceRepeated(told)
    else if (outcome !== 'late') deps.events.instanceStored(told, performance.now() - startedAt)
    else tellLate(deps, told, instance.id, recorded)
  } catch (error) {
    const failure = asFailure(error, 'INTERNAL')
    if (failure.code === 'CONTENT_CONFLICT') throw failure
    deps.events.instanceUnrecorded(told, failure)
  }
}

/** The instance is safe without its row: a sender does not wait longer for a database that hangs. */
const ROW_MS = 2000

async function withinMs<T>(limitMs: number, work: Promise<T>): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), limitMs)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** What becomes of the row is heard after the sender had its answer. */
function tellLate({ events }: Deps, told: ReturnType<typeof toldOf>, id: string, recorded: Promise<unknown>): void {
  events.instanceUnrecorded(told, new Failure('DATABASE_UNAVAILABLE', `no row within ${ROW_MS} ms`))
  recorded.catch((error: unknown) => events.instanceNotRecovered(id, asFailure(error, 'INTERNAL')))
}

/**
 * Gives a durable instance its row and its place. The same instance again is kept once; the same UID with other
 * content is kept apart.
 * @throws Failure CONTENT_CONFLICT, DATABASE_UNAVAILABLE
 */
export async function recordArrived(
  { db, files, associations }: Deps,
  instance: StoredInstance,
  associationId?: string,
) {
  const { outcome, studyId, id } = await recordInstance(db, rowOf(instance))
  if (outcome === 'conflict') {
    const failure = new Failure('CONTENT_CONFLICT', `SOP Instance UID is held with other content (as ${id})`)
    await files.quarantine(instance.id, failure)
    throw failure
  }
  if (outcome === 'duplicate') {
    await files.remove(instance.id)
    return outcome
  }
  if (associationId !== undefined) await associations.brought(associationId, studyId)
  await files.settle(instance.id)
  return outcome
}

const rowOf = (instance: StoredInstance): NewInstance => ({
  id: instance.id,
  sopClassUid: parseUid(instance.sopClassUid),
  sopInstanceUid: parseUid(instance.sopInstanceUid),
  studyInstanceUid: parseUid(instance.studyInstanceUid),
  seriesInstanceUid: parseUid(instance.seriesInstanceUid),
  transferSyntaxUid: parseUid(instance.transferSyntaxUid),
  callingAeTitle: parseAeTitle(instance.callingAeTitle),
  calledAeTitle: parseAeTitle(instance.calledAeTitle),
  bytes: instance.bytes,
  sha256: instance.sha256,
  receivedAt: instance.receivedAt,
})

const toldOf = (associationId: string, { sopClassUid, sopInstanceUid, studyInstanceUid, bytes }: StoredInstance) => ({
  associationId,
  sopClassUid,
  sopInstanceUid,
  studyInstanceUid,
  bytes,
})
